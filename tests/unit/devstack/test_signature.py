"""Signatures that botocore makes are verified, and changed ones are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest

from devstack.localstack_executor.signature import SignedRequest, problem

SECRET = "right"

type Call = Callable[[Any], object]

CALLS: dict[str, tuple[str, Call]] = {
    "a query": ("sns", lambda c: c.publish(TopicArn="arn:aws:sns:::t", Message="ä &=+ %")),
    "json": ("secretsmanager", lambda c: c.get_secret_value(SecretId="gorder/stripe")),
    "a path with an arn": (
        "lambda",
        lambda c: c.invoke(FunctionName="arn:aws:lambda:us-east-1:000000000000:function:f:live"),
    ),
    "a path and a query": ("lambda", lambda c: c.list_functions(Marker="a b/c+d", MaxItems=3)),
    "an object": ("s3", lambda c: c.put_object(Bucket="b", Key="a b/ä+c", Body=b"content")),
    "a list of objects": ("s3", lambda c: c.list_objects_v2(Bucket="b", Prefix="a/ b")),
    "a queue": (
        "sqs",
        lambda c: c.send_message(QueueUrl="http://127.0.0.1:1/0/q", MessageBody="m"),
    ),
}


def now() -> datetime:
    return datetime.now(UTC)


def sent(service: str, call: Call, secret: str = SECRET) -> SignedRequest:
    """Return the request that botocore would send."""
    client: Any = botocore.session.get_session().create_client(
        service,
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="gorder",
        aws_secret_access_key=secret,
    )
    caught: list[AWSPreparedRequest] = []

    def catch(request: AWSPreparedRequest, **_: object) -> None:
        caught.append(request)
        raise ConnectionAbortedError

    client.meta.events.register("before-send.*.*", catch)
    with pytest.raises(ConnectionAbortedError):
        call(client)
    [request] = caught
    url = urlsplit(request.url)
    headers = {name.lower(): [_text(value)] for name, value in request.headers.items()}
    return SignedRequest(
        request.method,
        url._replace(scheme="", netloc="").geturl(),
        {"host": [url.netloc], **headers},
        lambda: _text(request.body or "").encode(),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("name", CALLS)
def test_a_signed_call_is_accepted_with_its_secret_only(name: str) -> None:
    request = sent(*CALLS[name])

    assert problem(request, SECRET, now()) is None
    assert "not one of this stack's" in (problem(request, "wrong", now()) or "")


@pytest.mark.parametrize("name", CALLS)
def test_another_method_path_or_host_needs_another_signature(name: str) -> None:
    request = sent(*CALLS[name])
    others = [
        replace(request, method="DELETE"),
        replace(request, target=f"{request.target}x"),
        replace(request, headers={**request.headers, "host": ["127.0.0.1:2"]}),
    ]

    assert all(problem(other, SECRET, now()) for other in others)


def test_another_body_needs_another_signature() -> None:
    request = replace(sent(*CALLS["json"]), body=lambda: b'{"SecretId": "another"}')

    assert problem(request, SECRET, now()) is not None


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_ends_after_15_minutes(minutes: int) -> None:
    request = sent(*CALLS["json"])

    assert "15 minutes" in (problem(request, SECRET, now() + timedelta(minutes=minutes)) or "")


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization": []},
        {"authorization": ["AWS gorder:signature"]},
        {"authorization": ["Bearer right"]},
        {"x-amz-date": []},
        {"x-amz-date": ["yesterday"]},
    ],
)
def test_a_malformed_signature_is_refused(changed: dict[str, list[str]]) -> None:
    request = sent(*CALLS["json"])

    assert problem(replace(request, headers=request.headers | changed), SECRET, now())


def test_a_header_that_must_be_signed_is_missing_in_the_list() -> None:
    request = sent(*CALLS["json"])
    [authorization] = request.headers["authorization"]
    unsigned = authorization.replace(";host", "")
    headers = request.headers | {"authorization": [unsigned]}

    assert "must be signed" in (problem(replace(request, headers=headers), SECRET, now()) or "")
