"""Every route, and API Gateway itself, answers with the same protective headers."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from devstack.template import resources, template
from gorder.runtime.http import UnsupportedContentEncoding
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment

BODY = b'{"items": [{"id": "soup", "quantity": 1}]}'
GZIPPED = gzip.compress(BODY, mtime=0)
PATH = {"customer_id": "ann", "order_id": "0" * 32}
GATEWAY = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]


def routes() -> list[tuple[str, str]]:
    """Return the method and the function of every route of the template."""
    return [
        (
            event["Properties"]["Method"].upper(),
            function["CodeUri"].removeprefix("functions/").strip("/"),
        )
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    ]


ROUTES = routes()
POSTS = [function for method, function in ROUTES if method == "POST"]


def problem(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the problem document of an answer."""
    return {"status": answer["statusCode"], **json.loads(answer["body"])}


def test_the_routes_are_found() -> None:
    assert len(ROUTES) == 5
    assert sorted(POSTS) == ["cancel_order", "create_order", "stripe_webhook"]


@pytest.mark.parametrize("function", [function for _, function in ROUTES])
def test_no_browser_guesses_the_type_of_an_answer(function: str) -> None:
    answer = FakeDeployment().call(function, http_event("", PATH))

    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert "json" in answer["headers"]["Content-Type"]


def test_an_answer_with_a_token_is_not_stored() -> None:
    answer = FakeDeployment().call("create_order", http_event(BODY.decode(), PATH))

    assert "access_token" in answer["body"]
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert answer["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", GATEWAY)
def test_no_browser_guesses_the_type_of_an_error_of_api_gateway(name: str) -> None:
    headers = GATEWAY[name]["ResponseParameters"]["Headers"]

    assert headers["X-Content-Type-Options"] == "'nosniff'"
    assert headers["Cache-Control"] == "'no-store'"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", GZIPPED),
        ("GZIP", GZIPPED),
        ("x-gzip", GZIPPED),
        ("deflate", zlib.compress(BODY)),
        ("br", b"\x0b\x02\x80{}\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd"),
        ("gzip, identity", BODY),
        ("gzip", BODY),  # inflated on the way
        ("identity", BODY),  # inflated by LocalStack
        ("", BODY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("function", POSTS)
def test_a_compressed_body_is_refused(function: str, encoding: str, body: bytes) -> None:
    event = http_event("", PATH, content_encoding=encoding, authorization="Bearer x") | {
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }

    answer = FakeDeployment().call(function, event)

    assert problem(answer)["status"] == 415
    assert problem(answer)["code"] == "unsupported_content_encoding"
    assert answer["headers"]["Accept-Encoding"] == "identity"


def test_a_request_without_a_body_may_have_the_header() -> None:
    event = http_event("", PATH, content_encoding="gzip", authorization="Bearer x")

    assert problem(FakeDeployment().call("cancel_order", event))["code"] == "order_not_found"


def test_api_gateway_refuses_an_encoding_like_the_functions() -> None:
    response = GATEWAY["UNSUPPORTED_MEDIA_TYPE"]
    document = json.loads(response["ResponseTemplates"]["application/json"])

    error = UnsupportedContentEncoding()
    assert (document["code"], document["detail"]) == (error.code, str(error))
    assert response["StatusCode"] == document["status"] == error.status
    assert response["ResponseParameters"]["Headers"]["Accept-Encoding"] == "'identity'"


def test_api_gateway_compresses_nothing() -> None:
    """With MinimumCompressionSize, answers with a token and text of the client were compressed."""
    [api] = resources("AWS::Serverless::Api").values()

    assert "MinimumCompressionSize" not in api
    assert "MinimumCompressionSize" not in template().get("Globals", {}).get("Api", {})
