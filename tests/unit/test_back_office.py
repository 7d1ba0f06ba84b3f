"""The back office answers staff, and keeps who asked: on the log line, with movement and order."""

import json
from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest
from gorder.order.errors import UnknownOrder
from gorder.runtime.clock import utc_now
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import payment
from tests.unit.runtime.conftest import Lines, log
from tests.unit.test_order_to_cooked import DeploymentScenario

__all__ = ["log"]

DELIVERY: dict[str, Any] = {
    "command": "receive_stock",
    "receipt_id": "delivery-1",
    "product_id": "soup",
    "quantity": 5,
}


@pytest.mark.parametrize("by", ["ann@example.com", None])
def test_a_delivery_is_logged_and_kept_with_who_asked(by: str | None, log: Lines) -> None:
    deployment = FakeDeployment()

    assert deployment.call("back_office", DELIVERY | {"by": by}) == {"booked": True}
    assert deployment.call("back_office", DELIVERY | {"by": "bob"}) == {"booked": False}

    assert deployment.stock.kept.booked_by["delivery-1", "soup"] == by
    lines = [line for line in log() if line["message"] == "stock.received"]
    assert [(line["booked"], line.get("by")) for line in lines] == [(True, by), (False, "bob")]
    assert {(line["receipt_id"], line["product_id"], line["quantity"]) for line in lines} == {
        ("delivery-1", "soup", 5)
    }
    assert all(line["function_request_id"] for line in lines)


def test_a_synchronisation_is_logged_with_who_asked(log: Lines) -> None:
    FakeDeployment().call("back_office", {"command": "sync_catalogue", "by": "ann"})

    [line] = [line for line in log() if line["message"] == "catalogue.synced"]
    assert line["by"] == "ann"


def test_a_receipt_with_a_space_at_its_end_is_refused_and_not_lost() -> None:
    deployment = FakeDeployment()

    assert deployment.call("back_office", DELIVERY) == {"booked": True}
    with pytest.raises(InvalidRequest, match="no space last"):
        deployment.call("back_office", DELIVERY | {"receipt_id": "delivery-1 "})


BY = {"by": "ann@example.com"}


def close(scenario: DeploymentScenario, order_id: str) -> dict[str, Any]:
    request = {"command": "close_order", "order_id": order_id, "reason": "The oven is broken."}
    return scenario.deployment.call("back_office", request | BY)


def placed(scenario: DeploymentScenario) -> str:
    order_id: str = json.loads(scenario.post(("soup", 2))["body"])["order_id"]
    scenario.deliver("payment_link")
    return order_id


def cooked(scenario: DeploymentScenario) -> str:
    order_id = placed(scenario)
    scenario.pay(order_id)
    scenario.report_payment(order_id, 1400)
    scenario.deliver("order_paid")
    scenario.deliver("kitchen")
    scenario.elapse()
    return order_id


def soup(scenario: DeploymentScenario) -> tuple[int, int]:
    item = scenario.deployment.stock.kept.stock["soup"]
    return item.on_hand, item.held


def test_an_unpaid_order_is_closed(log: Lines) -> None:
    scenario = DeploymentScenario()
    order_id = placed(scenario)
    assert soup(scenario) == (10, 2)

    answer = close(scenario, order_id)

    assert answer == {
        "order_id": order_id,
        "status": "cancelled",
        "reason": "closed_by_shop",
        "refunded": 0,
        "left": 0,
        "currency": "eur",
        "outcome": "cancelled",
        "text": "The order is cancelled, and its units are free. If a payment was under way, "
        "gorder refunds it when it arrives.",
    }
    assert soup(scenario) == (10, 0)
    assert close(scenario, order_id)["outcome"] == "already_ended"
    line = next(line for line in log() if line["message"] == "order.close_requested")
    assert (line["by"], line["reason"]) == ("ann@example.com", "The oven is broken.")
    assert line["order_id"] == order_id


def test_a_cooked_order_is_closed_and_its_story_is_shown() -> None:
    scenario = DeploymentScenario()
    order_id = cooked(scenario)

    answer = close(scenario, order_id)
    story = scenario.deployment.call("back_office", {"command": "show_order", "order_id": order_id})

    assert (answer["status"], answer["outcome"], answer["refunded"]) == (
        *("refunded", "refunded", 1400),
    )
    assert [change["status"] for change in story["history"]] == [
        *("pending", "waiting_for_payment", "paid", "cooking", "cooked", "refunded")
    ]
    assert [(m["kind"], m["quantity"]) for m in story["stock_movements"]] == [
        *(("reserved", 2), ("confirmed", 2), ("wasted", 2))
    ]
    [paid] = story["payments"]
    [refund] = paid["refunds"]
    assert (refund["reason"], refund["by"]) == ("closed_by_shop", "gorder")
    assert story["notes"][0]["text"] == "The oven is broken."
    assert story["undelivered_events"] == []
    assert soup(scenario) == (8, 0)


def test_a_failed_refund_is_made_again() -> None:
    scenario = DeploymentScenario()
    order_id = cooked(scenario)
    close(scenario, order_id)
    session_id = scenario.make_page(order_id)
    scenario.deployment.gateway.fail_refund(session_id)
    request = {"command": "retry_refund", "order_id": order_id} | BY

    first = scenario.deployment.call("back_office", request)
    again = scenario.deployment.call("back_office", request)

    [refunded] = first["payments"]
    assert (refunded["amount"], refunded["outcome"]) == (1400, "refunded_again")
    assert refunded["text"] == "The refund is made again."
    assert [each["outcome"] for each in again["payments"]] == ["already_refunded"]
    assert first["status"] == "refunded"


def test_payments_without_their_order_are_listed() -> None:
    deployment = FakeDeployment()
    deployment.orders.keep_unmatched("missing", payment(), utc_now())

    answer = deployment.call("back_office", {"command": "list_unmatched_payments", "limit": 5})

    [found] = answer["payments"]
    assert (found["payment"], found["order_id"], found["recorded"]) == ("pi_1", "missing", False)
    assert answer["next"] is None


@pytest.mark.parametrize("command", ["close_order", "retry_refund", "show_order"])
def test_an_unknown_order_is_answered_in_words(command: str) -> None:
    more = {"close_order": BY | {"reason": "x"}, "retry_refund": BY}.get(command, {})

    with pytest.raises(UnknownOrder, match="There is no order missing: check its id"):
        FakeDeployment().call("back_office", {"command": command, "order_id": "missing"} | more)


def test_holds_are_shown_with_their_clients_the_largest_first() -> None:
    deployment = FakeDeployment()
    hold = {"expires_at": "2099-12-31T12:00:00Z"}
    client = {"address": "a" * 32, "customer": "b" * 32}
    for order_id, quantity, more in (("o1", 1, {}), ("o2", 3, {"client": client})):
        lines = [{"product_id": "soup", "quantity": quantity}]
        request = {"operation": "reserve", "trace_id": "t", **more}
        holds = [{"order_id": order_id, "lines": lines, **hold}]
        deployment.call("stock_check", request | {"holds": holds})

    shown = deployment.call("back_office", {"command": "show_holds"})["holds"]

    assert [(h["order_id"], h["client_address"], h["units"]) for h in shown] == [
        ("o2", "a" * 32, 3),
        ("o1", None, 1),
    ]
