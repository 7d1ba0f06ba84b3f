"""Staff and the schedule remove customers and movements, through every layer on fakes."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.retention.app import tasks
from gorder.bootstrap.retention import build
from gorder.bootstrap.settings import RetentionSettings
from gorder.contracts.back_office import InvalidRequest
from gorder.order.retention import FORGOTTEN
from gorder.runtime.clock import utc_now
from gorder.runtime.schedule import scheduled_function
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.keys import SECRET
from tests.fakes.lambda_context import FakeContext
from tests.fakes.orders_by_age import MemoryOrdersByAge
from tests.unit.runtime.conftest import Lines, log
from tests.unit.test_back_office import cooked, placed
from tests.unit.test_order_to_cooked import DeploymentScenario

__all__ = ["log"]

REQUEST: dict[str, Any] = {
    "command": "forget_customer",
    "customer_id": "ann",
    "reason": "The customer has asked for it.",
    "by": "bob",
}


def office(deployment: FakeDeployment, command: str, **fields: object) -> dict[str, Any]:
    return deployment.call("back_office", {"command": command} | fields)


def report(deployment: FakeDeployment) -> dict[str, Any]:
    begin, end = utc_now() - timedelta(days=1), utc_now() + timedelta(days=1)
    return office(deployment, "report_day", begin=begin.isoformat(), end=end.isoformat())


def audit(deployment: FakeDeployment) -> list[Any]:
    findings: list[Any] = office(deployment, "run_audit", full=True, by="bob")["findings"]
    return findings


def test_a_customer_is_forgotten_and_books_stay(log: Lines) -> None:
    scenario = DeploymentScenario()
    deployment = scenario.deployment
    ended, going_on = cooked(scenario), placed(scenario)
    before, sent = report(deployment), list(deployment.bus.published)

    planned = deployment.call("back_office", REQUEST | {"dry_run": True})
    done = deployment.call("back_office", REQUEST)
    again = deployment.call("back_office", REQUEST)

    [left] = done["left"]
    assert planned == done == {"forgotten": 1, "left": [left], "next": None}
    assert left == {"order_id": going_on, "text": "It is waiting_for_payment: it goes on."}
    assert again == done | {"forgotten": 0}
    assert deployment.orders.stored[ended].customer_id == FORGOTTEN
    assert (report(deployment), audit(deployment)) == (before, [])
    assert deployment.bus.published == sent
    lines = [line for line in log() if line["message"] == "customer.forgotten"]
    assert [(line["by"], line["orders"], line["left"]) for line in lines] == [
        ("bob", 1, 1),
        ("bob", 0, 1),
    ]
    assert all("ann" not in json.dumps(line) for line in lines)


def test_a_repair_of_a_forgotten_order_says_that_it_is_forgotten() -> None:
    scenario = DeploymentScenario()
    deployment = scenario.deployment
    ended = cooked(scenario)
    words = {"reason": "Ann called.", "by": "bob"}
    repaired = office(
        deployment, "repair_order", order_id=ended, set={"reason": "no_page"}, **words
    )
    wanted = {"order_id": ended, "repair_id": repaired["repair_id"]}
    assert office(deployment, "show_document", **wanted)["document"]["customer_id"] == "ann"

    deployment.call("back_office", REQUEST)

    shown = office(deployment, "show_document", **wanted)
    assert shown["document"] == {}
    assert shown["wrong"] == ["it was removed when the customer of the order was forgotten"]
    [kept] = shown["repairs"]
    assert (kept["by"], kept["reason"], kept["changes"]) == ("bob", FORGOTTEN, [])
    assert audit(deployment) == []


def test_a_forgotten_order_is_refunded_and_closed_for_its_customer() -> None:
    scenario = DeploymentScenario()
    deployment = scenario.deployment
    answer = json.loads(scenario.post(("soup", 2))["body"])
    order_id, token = answer["order_id"], answer["access_token"]
    scenario.deliver("payment_link")
    scenario.pay(order_id)
    scenario.report_payment(order_id, 1400)
    scenario.deliver("order_paid")
    scenario.deliver("kitchen")
    scenario.elapse()
    deployment.call("back_office", REQUEST)

    part = {"order_id": order_id, "reason": "Cold.", "by": "bob"}
    refunded = office(deployment, "refund_order", **part, amount=400, refunded_before=0)
    closed = office(deployment, "close_order", **part)

    assert (refunded["refunded"], closed["status"]) == (400, "refunded")
    assert scenario.get(order_id, token)["statusCode"] == 404
    assert office(deployment, "show_order", order_id=order_id)["customer_id"] == FORGOTTEN
    assert audit(deployment) == []


@pytest.mark.parametrize("items", [(("soup", 2),), (("bread", 1),)])
def test_a_repeated_request_for_a_forgotten_order_places_none(
    items: tuple[tuple[str, int], ...],
) -> None:
    scenario = DeploymentScenario()
    deployment = scenario.deployment

    def post(*items: tuple[str, int]) -> dict[str, Any]:
        body = {"items": [{"id": product_id, "quantity": count} for product_id, count in items]}
        keys = {"idempotency_key": f"click-{'0' * 21}", "idempotency_secret": SECRET}
        event = http_event(json.dumps(body), {"customer_id": "ann"}, **keys)
        return deployment.call("create_order", event)

    order_id = json.loads(post(("soup", 2))["body"])["order_id"]
    office(deployment, "close_order", order_id=order_id, reason="No gas.", by="bob")
    deployment.call("back_office", REQUEST)

    repeated = post(*items)

    assert repeated["statusCode"] == 422
    assert json.loads(repeated["body"])["code"] == "idempotency_key_expired"
    assert set(deployment.orders.stored) == {order_id}
    units = deployment.stock.kept.stock
    assert (units["soup"].held, units["bread"].held) == (0, 0)


def test_the_schedule_forgets_and_archives() -> None:
    """What is kept until tomorrow is old."""
    scenario = DeploymentScenario()
    deployment = scenario.deployment
    ended, going_on = cooked(scenario), placed(scenario)
    before = report(deployment)
    kept = RetentionSettings.model_construct(customer_days=-1, movement_days=-1)
    retention = build(
        deployment.orders,
        MemoryOrdersByAge(deployment.orders),
        deployment.documents,
        deployment.stock,
        kept,
    )
    handler = scheduled_function(tasks, lambda: retention)

    answers = [handler({}, FakeContext()) for _ in range(2)]

    assert answers == 2 * [{"failed": 0}]
    orders = deployment.orders.stored
    assert (orders[ended].customer_id, orders[going_on].customer_id) == (FORGOTTEN, "ann")
    story = office(deployment, "show_order", order_id=ended)
    assert (story["stock_movements"], story["reservation"]["state"]) == ([], "confirmed")
    assert (report(deployment), audit(deployment)) == (before, [])


@pytest.mark.parametrize("customer_id", ["", FORGOTTEN, "a b", 7])
def test_an_id_that_no_customer_has_is_refused(customer_id: object) -> None:
    with pytest.raises(InvalidRequest, match="customer_id: must be 1 to 64 letters"):
        FakeDeployment().call("back_office", REQUEST | {"customer_id": customer_id})
