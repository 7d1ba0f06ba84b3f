"""The requests about lists and refunds of orders, and the errors that an operator reads."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from gorder.contracts.back_office import InvalidRequest, parse_request
from gorder.contracts.back_office_orders import (
    ExportOrdersRequest,
    ListOrdersRequest,
    OrderStatus,
    RefundOrderRequest,
)
from gorder.order.status import Status

REFUND: dict[str, Any] = {"command": "refund_order", "order_id": "o", "reason": "x", "by": "ann"}
TIME = "must be a time in ISO 8601 with a zone"
STATUS = "must be a list of one or several of pending, waiting_for_payment, paid"


def test_every_status_can_be_asked_for() -> None:
    assert get_args(OrderStatus) == tuple(Status)


def test_a_list_of_orders_is_parsed() -> None:
    filters = {
        "status": ["paid", "cooking"],
        "placed_from": "2026-11-01T00:00:00+01:00",
        "placed_until": "2026-12-01T00:00:00Z",
        "customer_id": "ann",
        "stuck": True,
        "limit": 7,
        "after": "order-1",
    }

    request = parse_request(json.dumps({"command": "list_orders"} | filters))

    assert isinstance(request, ListOrdersRequest)
    assert (request.status, request.customer_id) == (("paid", "cooking"), "ann")
    assert request.placed_from == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert (request.stuck, request.limit, request.after) == (True, 7, "order-1")


def test_a_list_without_filters_has_every_order() -> None:
    listed = parse_request('{"command": "list_orders"}')
    exported = parse_request('{"command": "export_orders"}')

    assert listed == ListOrdersRequest(command="list_orders", limit=100)
    assert exported == ExportOrdersRequest(command="export_orders", limit=50)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"status": "paid"}, f"status: {STATUS}"),
        ({"status": []}, f"status: {STATUS}"),
        ({"status": ["paid", "unreadable"]}, f"status.1: {STATUS}"),
        ({"placed_from": "2026-11-01"}, f"placed_from: {TIME}"),
        ({"placed_until": "2026-11-01T00:00:00"}, f"placed_until: {TIME}"),
        ({"placed_until": 1}, f"placed_until: {TIME}"),
        ({"customer_id": "a b"}, "customer_id: must be 1 to 64 letters"),
        ({"after": "pi 1"}, "after: must be 1 to 64 letters"),
        ({"stuck": 1}, "stuck: must be true or false"),
        ({"limit": 101}, "limit: must be a whole number from 1 to 100"),
    ],
    ids=str,
)
def test_a_wrong_filter_is_named(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps({"command": "list_orders"} | change))

    assert problem in str(raised.value)


def test_a_page_of_an_export_has_a_bound_of_its_own() -> None:
    with pytest.raises(InvalidRequest, match="limit: must be a whole number from 1 to 50"):
        parse_request('{"command": "export_orders", "limit": 51}')


def test_an_amount_needs_what_was_refunded_before() -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps(REFUND | {"amount": 5}))
    assert str(raised.value) == (
        "Invalid back office request: refunded_before: is required with an amount"
    )

    request = parse_request(json.dumps(REFUND | {"amount": 5, "refunded_before": 0}))

    assert isinstance(request, RefundOrderRequest)
    assert (request.amount, request.refunded_before, request.dry_run) == (5, 0, False)
    rest = parse_request(json.dumps(REFUND | {"refunded_before": 5, "dry_run": True}))
    assert isinstance(rest, RefundOrderRequest)
    assert (rest.amount, rest.dry_run) == (None, True)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"amount": 0}, "amount: must be a whole number of minor units from 1 to"),
        ({"amount": 1.5}, "amount: must be a whole number of minor units from 1 to"),
        ({"amount": "5"}, "amount: must be a whole number of minor units from 1 to"),
        ({"refunded_before": -1}, "refunded_before: must be a whole number of minor units from 0"),
        ({"dry_run": "yes"}, "dry_run: must be true or false"),
        ({"reason": ""}, "reason: must be 1 to 500 visible characters"),
    ],
    ids=str,
)
def test_a_wrong_field_of_a_refund_is_named(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps(REFUND | change))

    assert problem in str(raised.value)
