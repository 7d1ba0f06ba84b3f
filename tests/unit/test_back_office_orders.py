"""The back office lists, exports and refunds orders, through every layer on fakes."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gorder.order import back_office_replies
from gorder.order.back_office_replies import order_refunded, orders_exported
from gorder.order.commands.refund_order import OrderRefund, RefundOutcome
from gorder.order.errors import OrderNotListed, RefundedMeanwhile
from gorder.order.queries.export_orders import ExportPage
from gorder.order.records import OrderRecord
from gorder.runtime.clock import utc_now
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import paid, payment
from tests.unit.runtime.conftest import Lines, log
from tests.unit.test_back_office import BY, cooked, placed
from tests.unit.test_order_to_cooked import DeploymentScenario

__all__ = ["log"]


def office(deployment: FakeDeployment, command: str, **fields: object) -> dict[str, Any]:
    return deployment.call("back_office", {"command": command} | fields)


def refund(scenario: DeploymentScenario, order_id: str, **fields: object) -> dict[str, Any]:
    asked = {"order_id": order_id, "reason": "Cold soup."} | BY
    return office(scenario.deployment, "refund_order", **asked, **fields)


def one_bread(scenario: DeploymentScenario) -> str:
    order_id: str = json.loads(scenario.post(("bread", 1))["body"])["order_id"]
    return order_id


def test_orders_are_listed_in_pages() -> None:
    scenario = DeploymentScenario()
    orders = [cooked(scenario), placed(scenario)]

    first = office(scenario.deployment, "list_orders", limit=1)
    last = office(scenario.deployment, "list_orders", limit=1, after=first["next"])

    assert [first["orders"][0]["order_id"], last["orders"][0]["order_id"]] == orders[::-1]
    assert last["next"] is None
    [row] = last["orders"]
    assert (row["status"], row["amount_total"], row["currency"]) == ("cooked", 1400, "eur")
    assert (row["refunded"], row["units"]) == (0, 2)
    assert row["lines"] == [{"name": "Name of soup", "quantity": 2}]
    assert (row["stuck"], row["unreadable"], row["reason"]) == (None, None, None)
    assert row["customer_id"]
    listed = office(scenario.deployment, "list_orders", status=["cooked"])["orders"]
    assert [each["order_id"] for each in listed] == [orders[0]]
    with pytest.raises(OrderNotListed, match="after: no order missing is listed"):
        office(scenario.deployment, "list_orders", after="missing")


def test_stuck_orders_and_unreadable_ones_are_listed_with_the_reason() -> None:
    scenario = DeploymentScenario()
    orders = scenario.deployment.orders
    fine, late, broken = (one_bread(scenario) for _ in range(3))
    for order_id in (late, broken):
        order = orders.stored[order_id]
        ended = replace(order.checkout, expires_at=utc_now() - timedelta(hours=1))
        orders.stored[order_id] = replace(order, checkout=ended)
    orders.unreadable.add(broken)

    stuck = office(scenario.deployment, "list_orders", stuck=True)["orders"]
    everything = office(scenario.deployment, "list_orders")["orders"]

    reasons = {row["order_id"]: row["stuck"] for row in stuck}
    assert reasons.keys() == {late, broken}
    assert "its time to pay ended at" in reasons[late]
    assert (
        reasons[broken]
        == "Its document cannot be read: customer_id: missing; repair it: gorder orders repair."
    )
    rows = {row["order_id"]: row for row in everything}
    assert rows[fine]["stuck"] is None
    assert rows[broken]["status"] == "unreadable"
    assert rows[broken]["unreadable"] == "customer_id: missing"
    assert (rows[broken]["amount_total"], rows[broken]["lines"]) == (None, [])


def test_whole_orders_are_exported_oldest_first() -> None:
    scenario = DeploymentScenario()
    orders = [cooked(scenario), one_bread(scenario), one_bread(scenario)]
    scenario.deployment.orders.unreadable.add(orders[1])
    refund(scenario, orders[0], amount=400, refunded_before=0)

    first = office(scenario.deployment, "export_orders", limit=2)
    last = office(scenario.deployment, "export_orders", limit=2, after=first["next"])

    exported = first["orders"] + last["orders"]
    assert [order["order_id"] for order in exported] == orders
    assert exported[1] == {
        "order_id": orders[1],
        "status": "unreadable",
        "unreadable": "customer_id: missing",
    }
    assert (first["next"], last["next"]) == (orders[1], None)
    story = office(scenario.deployment, "show_order", order_id=orders[0])
    assert exported[0] == {
        name: value
        for name, value in story.items()
        if name not in {"stock_movements", "reservation"}
    }
    assert story["reservation"]["state"] == "confirmed"
    assert story["postponed"] is None


def test_large_orders_make_a_page_of_an_export_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    records = tuple(
        OrderRecord(order.order_id, order.placed_at, order.customer_id, order)
        for order in (replace(paid(), order_id=f"{n}") for n in range(3))
    )
    monkeypatch.setattr(back_office_replies, "_MAX_EXPORTED_BYTES", 2000)
    size = len(orders_exported(ExportPage(records[:1], has_more=False)).model_dump_json())
    assert 1000 > size > 700

    page = orders_exported(ExportPage(records, has_more=False))

    assert [order.order_id for order in page.orders] == ["0", "1"]
    assert page.next == "1"
    monkeypatch.setattr(back_office_replies, "_MAX_EXPORTED_BYTES", 1)
    assert orders_exported(ExportPage(records[2:], has_more=False)).next is None


def test_a_part_of_a_cooked_order_is_refunded(log: Lines) -> None:
    scenario = DeploymentScenario()
    order_id = cooked(scenario)

    planned = refund(scenario, order_id, amount=400, refunded_before=0, dry_run=True)
    first = refund(scenario, order_id, amount=400, refunded_before=0)
    again = refund(scenario, order_id, amount=400, refunded_before=0)

    assert (planned["outcome"], planned["refunded"]) == ("would_refund_in_part", 0)
    assert first == again
    assert first == {
        "order_id": order_id,
        "status": "cooked",
        "reason": None,
        "payment": first["payment"],
        "amount": 400,
        "refunded": 400,
        "left": 1000,
        "currency": "eur",
        "outcome": "refunded_in_part",
        "text": "The amount is refunded. The order goes on.",
    }
    with pytest.raises(RefundedMeanwhile):
        refund(scenario, order_id, amount=500, refunded_before=0)
    rest = refund(scenario, order_id)
    assert (rest["outcome"], rest["amount"], rest["status"]) == ("refunded", 1000, "refunded")
    story = office(scenario.deployment, "show_order", order_id=order_id)
    assert [(n["command"], n["amount"], n["refunded_before"]) for n in story["notes"]] == [
        ("refund_order", 400, 0),
        ("refund_order", 1000, 400),
    ]
    lines = [line for line in log() if line["message"] == "order.refund_requested"]
    assert {(line["by"], line["reason"]) for line in lines} == {("ann@example.com", "Cold soup.")}


def test_a_dry_run_of_closing_changes_nothing() -> None:
    scenario = DeploymentScenario()
    order_id = placed(scenario)
    before = scenario.deployment.orders.stored[order_id]
    asked = {"order_id": order_id, "reason": "No gas."} | BY

    answer = office(scenario.deployment, "close_order", **asked, dry_run=True)

    assert (answer["outcome"], answer["status"]) == ("would_cancel", "waiting_for_payment")
    assert scenario.deployment.orders.stored[order_id] == before
    assert office(scenario.deployment, "close_order", **asked)["outcome"] == "cancelled"


def test_the_text_of_every_outcome_of_a_refund_is_known() -> None:
    for outcome in RefundOutcome:
        assert order_refunded(OrderRefund(paid(), payment(), 1, outcome)).text
