"""The back office's requests about units and the menu: replies, logs, and what customers see."""

import json
from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest
from gorder.contracts.back_office_stock import SettleUnitsRequest
from gorder.order.status import Status
from gorder.stock.refusals import (
    HeldUnitsRefusal,
    ReservationConfirmed,
    ReservationNotFound,
    ReservationNotOverdue,
)
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.products import product
from tests.unit.runtime.conftest import Lines, log
from tests.unit.test_order_to_cooked import DeploymentScenario

__all__ = ["log"]

WHY = {"reason": "It fell down.", "by": "ann@example.com"}
ENTRY = {"entry_id": "e1", "product_id": "soup"} | WHY
SOUP, BREAD = product("soup", amount=700), product("bread", amount=250)


def office(deployment: FakeDeployment, command: str, **fields: object) -> dict[str, Any]:
    return deployment.call("back_office", {"command": command, **fields})


def logged(log: Lines, message: str) -> list[dict[str, Any]]:
    return [line for line in log() if line["message"] == message]


@pytest.mark.parametrize(
    ("command", "fields", "answer", "message"),
    [
        ("waste_stock", {"quantity": 3}, {"on_hand": 7, "held": 0}, "stock.wasted"),
        ("return_stock", {"quantity": 3}, {"on_hand": 13, "held": 0}, "stock.returned"),
        ("count_stock", {"counted": 7}, {"counted": 7, "difference": -3}, "stock.counted"),
        ("count_stock", {"counted": 10}, {"counted": 10, "difference": 0}, "stock.counted"),
    ],
)
def test_an_entry_is_answered_twice_alike_and_logged(
    command: str, fields: dict[str, int], answer: dict[str, int], message: str, log: Lines
) -> None:
    deployment = FakeDeployment()
    request = ENTRY | fields

    assert office(deployment, command, **request) == {"booked": True} | answer
    assert office(deployment, command, **request) == {"booked": False} | answer

    lines = logged(log, message)
    assert [line["booked"] for line in lines] == [True, False]
    assert all(request.items() <= line.items() for line in lines)


def test_a_dry_run_changes_nothing(log: Lines) -> None:
    deployment = FakeDeployment()
    request = ENTRY | {"counted": 4}

    answer = office(deployment, "count_stock", **request, dry_run=True)

    assert answer == {"booked": False, "counted": 4, "difference": -6}
    assert deployment.stock.kept.stock["soup"].on_hand == 10
    assert logged(log, "stock.counted")[0]["dry_run"]
    assert office(deployment, "count_stock", **request)["booked"]


def test_a_delivery_may_have_a_reason() -> None:
    deployment = FakeDeployment()
    delivery = {"receipt_id": "r1", "product_id": "soup", "quantity": 5, "reason": "A gift."}

    office(deployment, "receive_stock", **delivery)

    assert deployment.stock.kept.reasons["r1", "soup"] == "A gift."


def reserved(deployment: FakeDeployment, order_id: str, until: str) -> None:
    hold = {
        "order_id": order_id,
        "lines": [{"product_id": "soup", "quantity": 4}],
        "expires_at": until,
    }
    deployment.call("stock_check", {"operation": "reserve", "trace_id": "t", "holds": [hold]})


def test_a_count_below_the_units_held_says_what_to_do() -> None:
    deployment = FakeDeployment()
    reserved(deployment, "o1", "2099-12-31T12:00:00Z")

    with pytest.raises(HeldUnitsRefusal, match="hold 4 units of soup, and 2 were counted: pause"):
        office(deployment, "count_stock", **ENTRY, counted=2)


@pytest.mark.parametrize(
    ("settle_as", "steps", "state", "left"),
    [
        ("returned", "confirm", "returned", (10, 0)),
        ("returned", "", "released", (10, 0)),
        ("wasted", "confirm", "wasted", (6, 0)),
        ("released", "", "released", (10, 0)),
    ],
)
def test_the_units_of_an_order_are_settled_by_hand(
    settle_as: str, steps: str, state: str, left: tuple[int, int], log: Lines
) -> None:
    deployment = FakeDeployment()
    reserved(deployment, "o1", "2020-12-31T12:00:00Z")
    for step in steps.split():
        deployment.call("stock_check", {"operation": step, "trace_id": "t", "order_id": "o1"})
    request = {"order_id": "o1", "as": settle_as} | WHY

    for _ in range(2):
        assert office(deployment, "settle_units", **request) == {"order_id": "o1", "state": state}

    item = deployment.stock.kept.stock["soup"]
    assert (item.on_hand, item.held) == left
    signature = deployment.stock.kept.signatures["o1"]
    assert (signature.by, signature.reason) == (WHY["by"], WHY["reason"])
    [line, _] = logged(log, "stock.settled")
    assert (line["state"], line["by"], line["reason"]) == (state, WHY["by"], WHY["reason"])


def test_a_hold_that_is_not_overdue_and_sold_units_are_not_released() -> None:
    deployment = FakeDeployment()
    reserved(deployment, "o1", "2099-12-31T12:00:00Z")
    request = {"order_id": "o1", "as": "released", "by": "ann"}

    with pytest.raises(ReservationNotOverdue, match=r"held until 2099.*close the order, or wait"):
        office(deployment, "settle_units", **request)
    deployment.call("stock_check", {"operation": "confirm", "trace_id": "t", "order_id": "o1"})
    with pytest.raises(ReservationConfirmed, match="is sold: it can be returned or wasted"):
        office(deployment, "settle_units", **request)
    with pytest.raises(ReservationNotFound, match="order o2 has no reservation"):
        office(deployment, "settle_units", **request | {"order_id": "o2"})


def test_a_request_is_written_as_it_is_read() -> None:
    fields = {"command": "settle_units", "order_id": "o1", "as": "wasted", "by": "ann"}

    written = SettleUnitsRequest.model_validate(fields).model_dump(exclude_none=True)

    assert written == fields


@pytest.mark.parametrize(
    ("command", "wrong", "text"),
    [
        ("waste_stock", {"quantity": 0}, "quantity: must be a whole number from 1"),
        ("waste_stock", {"quantity": 1, "entry_id": "e "}, "entry_id: must be 1 to 64 .* no space"),
        ("count_stock", {"counted": -1}, "counted: must be a whole number from 0 to 1000000000"),
        ("count_stock", {"counted": 1, "dry_run": "yes"}, "dry_run: must be true or false"),
        ("count_stock", {"counted": 1, "reason": None}, "reason: must be 1 to 500"),
        ("return_stock", {"quantity": 1, "by": None}, "by: must be 1 to 128"),
    ],
)
def test_a_wrong_field_of_an_entry_is_named(
    command: str, wrong: dict[str, object], text: str
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        office(FakeDeployment(), command, **ENTRY | wrong)


def test_units_are_settled_in_a_known_way_only() -> None:
    for wrong in ("confirmed", None, 7):
        with pytest.raises(InvalidRequest, match="as: must be returned, wasted or released"):
            office(FakeDeployment(), "settle_units", order_id="o1", by="ann", **{"as": wrong})
    with pytest.raises(InvalidRequest, match="as: is required"):
        office(FakeDeployment(), "settle_units", order_id="o1", by="ann")


def order(scenario: DeploymentScenario, product_id: str) -> tuple[int, dict[str, Any]]:
    response = scenario.post((product_id, 1))
    return response["statusCode"], json.loads(response["body"])


def listed(scenario: DeploymentScenario) -> dict[str, int]:
    """Return the available units of each product on the menu."""
    body = json.loads(scenario.deployment.call("get_menu", http_event())["body"])
    return {each["id"]: each["available"] for each in body["items"]}


def test_a_paused_product_is_refused_and_has_no_units_on_the_menu(log: Lines) -> None:
    scenario = DeploymentScenario()
    scenario.deployment.products.sell(SOUP, BREAD)
    _, placed = order(scenario, "soup")

    paused = office(scenario.deployment, "pause_product", product_id="soup", **WHY)

    assert (paused["changed"], paused["active"], paused["unusable"]) == (
        *(True, False, "it is paused"),
    )
    assert paused["pause"] == {"since": paused["pause"]["since"]} | WHY
    assert listed(scenario) == {"bread": 10, "soup": 0}
    status, problem = order(scenario, "soup")
    assert (status, problem["code"]) == (422, "inactive_product")
    assert problem["detail"] == "Not for sale at present: soup (it is paused)."
    [bread, soup] = office(scenario.deployment, "show_stock")["products"]
    assert (soup["paused"], soup["unusable"]) == (paused["pause"], "it is paused")
    assert bread["paused"] is None
    scenario.deliver("payment_link")
    scenario.pay(placed["order_id"])
    scenario.report_payment(placed["order_id"], 700)
    assert scenario.deliver("order_paid") == []
    assert scenario.deployment.orders.stored[placed["order_id"]].status is Status.PAID

    resumed = office(scenario.deployment, "resume_product", product_id="soup", **WHY)

    assert resumed == {
        "product_id": "soup",
        "changed": True,
        "pause": None,
        "active": True,
        "unusable": None,
    }
    assert order(scenario, "soup")[0] == 201
    for message in ("menu.paused", "menu.resumed"):
        [line] = logged(log, message)
        assert {"product_id": "soup", "changed": True, **WHY}.items() <= line.items()


def test_a_paused_shop_sells_nothing(log: Lines) -> None:
    scenario = DeploymentScenario()
    scenario.deployment.products.sell(SOUP, BREAD)

    paused = office(scenario.deployment, "pause_shop", **WHY)
    again = office(scenario.deployment, "pause_shop", **WHY | {"by": "bob"})

    assert (paused["changed"], paused["active"]) == (True, 0)
    assert again == paused | {"changed": False}
    assert listed(scenario) == {"bread": 0, "soup": 0}
    assert order(scenario, "bread")[1]["detail"].endswith("bread (the shop is paused).")
    assert office(scenario.deployment, "show_stock")["shop_paused"] == paused["pause"]

    resumed = office(scenario.deployment, "resume_shop", **WHY)

    assert resumed == {"changed": True, "pause": None, "active": 2}
    assert office(scenario.deployment, "show_stock")["shop_paused"] is None
    assert listed(scenario) == {"bread": 10, "soup": 10}
    assert [line["by"] for line in logged(log, "shop.paused")] == [WHY["by"], "bob"]
    assert len(logged(log, "shop.resumed")) == 1
