"""A synchronous invocation is answered, or fails."""

import json
from typing import Any

import pytest

from gorder.contracts.api import WebhookBody
from gorder.contracts.stock import (
    ConfirmReservationRequest,
    MalformedRequestError,
    StockRequest,
    parse_request,
)
from gorder.runtime.invoke import invoked_function
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines

pytestmark = pytest.mark.filterwarnings(
    "ignore:No application metrics"  # no query is called that would count
)
CONFIRM = {"operation": "confirm", "trace_id": "trace-1", "order_id": "order-1"}


def invoke(event: dict[str, Any], error: Exception | None = None) -> tuple[Any, list[StockRequest]]:
    """Return the answer, and the requests that the function read."""
    seen: list[StockRequest] = []

    def answer(request: StockRequest, _service: None) -> WebhookBody:
        seen.append(request)
        if error:
            raise error
        return WebhookBody()

    return invoked_function(parse_request, answer, lambda: None)(event, FakeContext()), seen


def test_a_request_is_answered_as_json() -> None:
    answer, seen = invoke(CONFIRM)

    assert answer == {"received": True}
    assert seen == [ConfirmReservationRequest(trace_id="trace-1", order_id="order-1")]


@pytest.mark.parametrize(
    "event",
    [
        {},
        CONFIRM | {"version": 0},
        CONFIRM | {"operation": 7},
        CONFIRM | {"version": json.loads("[" * 5000 + "]" * 5000)},
        json.loads('{"operation":' * 5000 + "1" + "}" * 5000),
    ],
    ids=["empty", "version", "operation", "nested version", "nested operation"],
)
def test_an_invalid_request_fails_the_invocation(event: dict[str, Any], log: Lines) -> None:
    with pytest.raises(MalformedRequestError):
        invoke(event)

    assert [(line["message"], line["code"]) for line in log()] == [
        ("invocation.failed", "malformed_request")
    ]


def test_an_error_fails_the_invocation_and_is_logged_with_the_callers_trace(log: Lines) -> None:
    with pytest.raises(ZeroDivisionError):
        invoke(CONFIRM, ZeroDivisionError("ours"))

    [line] = log()
    assert (line["level"], line["trace_id"]) == ("ERROR", "trace-1")
