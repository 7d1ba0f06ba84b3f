"""The outcome of a custom resource is sent to CloudFormation and to no other address."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.request import OpenerDirector

import pytest

from gorder.runtime.custom_resource import InvalidResponseUrlError, custom_resource_function
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines

if TYPE_CHECKING:
    from urllib.request import Request

pytestmark = pytest.mark.filterwarnings(
    "ignore:No application metrics"  # no command is called that would count
)

BUCKET = "cloudformation-custom-resource-response-eucentral1"
AWS = f"{BUCKET}.s3.eu-central-1.amazonaws.com"
SIGNED = "/arn%3Aaws%3Acloudformation%3Aeu-central-1?X-Amz-Signature=0&X-Amz-Expires=7200"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs to which an outcome was sent."""
    urls: list[str] = []

    def send(_opener: object, request: "Request", timeout: float) -> AbstractContextManager[None]:
        assert timeout
        urls.append(request.full_url)
        return nullcontext()

    monkeypatch.setattr(OpenerDirector, "open", send)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return urls


@pytest.fixture
def work() -> list[str]:
    """The runs of the work."""
    return []


def invoke(url: object, work: list[str]) -> dict[str, Any]:
    """Invoke the function as CloudFormation would."""

    def run() -> dict[str, Any]:
        work.append("done")
        return {}

    event = {
        "RequestType": "Create",
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Migration",
    }
    return custom_resource_function(run)(event, FakeContext())


@pytest.mark.parametrize(
    "url",
    [
        f"https://{AWS}{SIGNED}",
        f"https://{BUCKET}.s3-eu-central-1.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.dualstack.eu-central-1.amazonaws.com{SIGNED}",
    ],
)
def test_the_outcome_is_sent_to_cloudformations_bucket(
    url: str, sent: list[str], work: list[str]
) -> None:
    assert invoke(url, work) == {}

    assert sent == [url]
    assert work == ["done"]


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_the_bucket_is_in_the_domain_of_its_partition(
    region: str,
    suffix: str,
    sent: list[str],
    work: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    host = f"{BUCKET.replace('eucentral1', region.replace('-', ''))}.s3.{region}"

    invoke(f"https://{host}.{suffix}{SIGNED}", work)
    for other in {"amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"} - {suffix}:
        with pytest.raises(InvalidResponseUrlError):
            invoke(f"https://{host}.{other}{SIGNED}", work)

    assert sent == [f"https://{host}.{suffix}{SIGNED}"]


def test_deleting_the_resource_does_what_is_due_then_and_no_work(
    sent: list[str], work: list[str]
) -> None:
    event = {
        "RequestType": "Delete",
        "ResponseURL": f"https://{AWS}{SIGNED}",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "PagesPublication",
    }

    def fail() -> dict[str, Any]:
        raise AssertionError("the work was done")

    def delete() -> dict[str, Any]:
        work.append("deleted")
        return {"deleted": 1}

    assert custom_resource_function(fail, on_delete=delete)(event, FakeContext()) == {"deleted": 1}
    assert custom_resource_function(fail)(event, FakeContext()) == {}

    assert work == ["deleted"]
    assert sent == [event["ResponseURL"]] * 2


@pytest.mark.parametrize(
    "url",
    [
        f"http://{AWS}{SIGNED}",
        f"ftp://{AWS}{SIGNED}",
        f"HTTPS://{AWS}{SIGNED}",
        "file:///etc/hostname",
        f"file://{AWS}/etc/hostname",
        "http://127.0.0.1:8080/ssrf",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/",
        f"https://evil.example/{AWS}{SIGNED}",
        f"https://{AWS}.evil.example{SIGNED}",
        f"https://evil-{AWS}{SIGNED}",
        f"https://evil.example\\@{AWS}{SIGNED}",
        f"https://{AWS}\\@evil.example{SIGNED}",
        f"https://{AWS}#@evil.example{SIGNED}",
        f"https://{AWS}?@evil.example{SIGNED}",
        f"https://user:word@{AWS}{SIGNED}",
        f"https://{AWS}@evil.example{SIGNED}",
        f"https://{AWS}:443{SIGNED}",
        f"https://{AWS}:8443{SIGNED}",
        f"https://{AWS}:{SIGNED}",
        f"https://{AWS}",
        f"https://{AWS}/",
        f"https://{AWS}{SIGNED}\r\nHost: evil.example",
        f"https://{AWS}/ {SIGNED}",
        f"https://{AWS}{SIGNED}\n",
        f" https://{AWS}{SIGNED}",
        f"https://{AWS}.{SIGNED}",
        f"https://{AWS.replace('.', '\u3002')}{SIGNED}",
        "https://bucket.s3.eu-central-1.amazonaws.com/object",
        f"https://{AWS.replace('eucentral1', 'eucentral2')}{SIGNED}",
        f"https://{AWS.replace('eucentral1', 'eu.central1')}{SIGNED}",
        f"https://s3.eu-central-1.amazonaws.com/{BUCKET}{SIGNED}",
        f"https://{BUCKET}.s3.cn-north-1.amazonaws.com.cn{SIGNED}",
        f"https://{BUCKET}.s3.eu-central-1.amazonaws.com.cn{SIGNED}",
        f"https://{BUCKET}.s3.eu-central-1.amazonaws.eu{SIGNED}",
        f"https://{BUCKET}.s3.us-gov-west-1.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.eu-central-2.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.evil.s3.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.anything.execute-api.eu-central-1.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3-website-eu-central-1.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3-website.eu-central-1.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.s3.dualstack.amazonaws.com{SIGNED}",
        f"https://{BUCKET}.execute-api.eu-central-1.amazonaws.com{SIGNED}",
        "",
        None,
        7,
        [f"https://{AWS}{SIGNED}"],
    ],
)
def test_a_request_with_another_address_does_nothing_and_is_a_defect(
    url: object, sent: list[str], work: list[str], log: Lines
) -> None:
    with pytest.raises(InvalidResponseUrlError, match="nothing was done"):
        invoke(url, work)

    assert (sent, work) == ([], [])
    [line] = log()
    assert (line["level"], line["message"]) == ("ERROR", "work.refused")
    assert line["code"] == "invalid_response_url"


def test_an_unknown_region_matches_no_bucket(
    sent: list[str], work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", ".*")

    with pytest.raises(InvalidResponseUrlError):
        invoke(f"https://{AWS}{SIGNED}", work)

    assert sent == []


def test_the_local_cloud_may_receive_it(
    sent: list[str], work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")

    invoke("http://127.0.0.1:4566/response", work)
    for other in (
        "http://127.0.0.1:45660/response",
        "http://127.0.0.1:4567/response",
        "http://127.0.0.1:4566@evil.example/response",
        "http://127.0.0.1:4566.evil.example/response",
        "https://127.0.0.1:4566/response",
    ):
        with pytest.raises(InvalidResponseUrlError):
            invoke(other, work)

    assert sent == ["http://127.0.0.1:4566/response"]
