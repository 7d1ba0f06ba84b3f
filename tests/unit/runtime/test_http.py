"""An API Gateway event is answered, and every error is a problem document."""

import base64
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from gorder.contracts.api import WebhookBody
from gorder.runtime.http import PROBLEM_JSON, HttpRequest, HttpResponse, Unauthorized, http_function
from tests.fakes.aws_events import http_event
from tests.fakes.errors import Busy, RuleBroken
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines

TRACE_ID = "1-6926f5c0-0123456789abcdef01234567"
HEADER = f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1"

pytestmark = pytest.mark.filterwarnings(
    "ignore:No application metrics"  # no command is called that would count
)


@pytest.fixture(autouse=True)
def _traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)


def answer(
    respond: Callable[[HttpRequest, None], HttpResponse], event: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the response."""
    function = http_function(respond, lambda: None)
    return function(event or http_event(), FakeContext())


def failing(error: Exception) -> dict[str, Any]:
    """Return the response when the function raises the error."""

    def respond(_request: HttpRequest, _service: None) -> HttpResponse:
        raise error

    return answer(respond)


def received(event: dict[str, Any]) -> HttpRequest:
    """Return the request that the function reads from an event."""
    seen: list[HttpRequest] = []

    def respond(request: HttpRequest, _service: None) -> HttpResponse:
        seen.append(request)
        return HttpResponse(HTTPStatus.OK, WebhookBody())

    assert answer(respond, event)["statusCode"] == HTTPStatus.OK
    return seen[0]


def test_a_response_is_json_and_not_cached() -> None:
    given = answer(
        lambda _r, _s: HttpResponse(HTTPStatus.CREATED, WebhookBody(), {"Location": "/1"})
    )

    assert given["statusCode"] == 201
    assert json.loads(given["body"]) == {"received": True}
    assert given["headers"] == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Location": "/1",
    }


def test_header_names_are_case_insensitive() -> None:
    event = http_event() | {"headers": {"StRiPe-SiGnAtUrE": "t=1", "AUTHORIZATION": "bearer x"}}

    request = received(event)

    assert request.headers["stripe-signature"] == "t=1"
    assert request.bearer_token() == "x"


def test_a_body_is_the_bytes_that_were_sent() -> None:
    text = received(http_event("{é}"))
    encoded = base64.b64encode(b"\xff\x00").decode()
    binary = received(http_event(encoded) | {"isBase64Encoded": True})

    assert text.body == "{é}".encode()
    assert binary.body == b"\xff\x00"


def test_an_event_may_lack_headers_path_and_body() -> None:
    request = received({"headers": None, "pathParameters": None, "body": None})

    assert (request.headers, request.path, request.body) == ({}, {}, b"")


@pytest.mark.parametrize("invalid", ["", "ann ", "a" * 65, "ä"])
def test_an_invalid_id_in_the_path_raises_the_error_of_the_route(invalid: str) -> None:
    request = received(http_event(path={"customer_id": "ann", "order_id": invalid}))

    assert request.path_id("customer_id", RuleBroken("not found")) == "ann"
    with pytest.raises(RuleBroken, match="not found"):
        request.path_id("order_id", RuleBroken("not found"))


def test_the_trace_id_is_that_of_x_ray() -> None:
    assert received(http_event()).trace_id == TRACE_ID


def test_a_business_error_is_described_to_the_caller(emitted: Callable[[], Any]) -> None:
    given = failing(RuleBroken("Only 2 left."))

    assert given["statusCode"] == 409
    assert given["headers"]["Content-Type"] == PROBLEM_JSON
    assert json.loads(given["body"]) == {
        "type": "urn:gorder:problem:refused",
        "title": "Conflict",
        "status": 409,
        "code": "refused",
        "trace_id": TRACE_ID,
        "detail": "Only 2 left.",
        "items": [1],
    }
    assert "Retry-After" not in given["headers"]
    assert emitted() == {"Business": 1}


def test_unauthorized_names_the_scheme() -> None:
    assert failing(Unauthorized())["headers"]["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("error", "status", "code", "metric"),
    [
        (Busy("10.0.0.7:3306 refused"), 503, "busy", "Transient"),
        (ZeroDivisionError("password=hunter2"), 500, "internal_error", "Defect"),
    ],
)
def test_other_errors_publish_only_their_code(
    error: Exception, status: int, code: str, metric: str, emitted: Callable[[], Any]
) -> None:
    given = failing(error)

    problem = json.loads(given["body"])
    assert (given["statusCode"], problem["status"], problem["code"]) == (status, status, code)
    assert problem["trace_id"] == TRACE_ID
    assert str(error) not in json.dumps(given)
    assert type(error).__name__ not in json.dumps(given)
    assert given["headers"]["Retry-After"] == "1"
    assert emitted() == {metric: 1}


def test_a_defect_is_logged_with_stack_and_trace_id(log: Lines) -> None:
    failing(ZeroDivisionError("in the kitchen"))

    [line] = log()
    assert (line["level"], line["message"], line["code"]) == (
        "ERROR",
        "http.failed",
        "internal_error",
    )
    assert line["trace_id"] == TRACE_ID
    assert line["exception_name"] == "ZeroDivisionError"
    assert "in the kitchen" in line["exception"]


@pytest.mark.parametrize(
    ("error", "level"), [(RuleBroken("no"), "INFO"), (Busy("wait"), "WARNING")]
)
def test_other_errors_are_logged_without_a_stack(error: Exception, level: str, log: Lines) -> None:
    failing(error)

    [line] = log()
    assert (line["level"], line["message"], line["trace_id"]) == (level, "http.failed", TRACE_ID)
    assert "exception" not in line


def test_a_failure_to_build_the_service_is_answered() -> None:
    def service() -> None:
        raise Busy("secrets")

    function = http_function(lambda _r, _s: HttpResponse(HTTPStatus.OK, WebhookBody()), service)

    assert function(http_event(), FakeContext())["statusCode"] == 503


SOURCE = "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded_for", "addresses"),
    [
        ("", (SOURCE,)),
        (" , ", (SOURCE,)),
        (SOURCE, (SOURCE,)),
        (f"192.0.2.1, {SOURCE}", ("192.0.2.1", SOURCE)),
        ("192.0.2.1,  198.51.100.7 ", ("192.0.2.1", "198.51.100.7", SOURCE)),
        (f"{SOURCE}, 192.0.2.1", (SOURCE, "192.0.2.1", SOURCE)),
        ("anything \ud800", ("anything \ud800", SOURCE)),
    ],
)
def test_the_source_of_a_request_is_the_last_of_its_addresses(
    forwarded_for: str, addresses: tuple[str, ...]
) -> None:
    event = http_event() | {
        "requestContext": {"identity": {"sourceIp": SOURCE}},
        "headers": {"X-Forwarded-For": forwarded_for},
    }

    assert received(event).addresses == addresses


@pytest.mark.parametrize(
    "context", [None, {}, {"identity": None}, {"identity": {"sourceIp": None}}]
)
def test_a_request_without_a_source_has_an_empty_address(context: dict[str, Any] | None) -> None:
    assert received(http_event() | {"requestContext": context}).addresses == ("",)
