"""A customer's notes on lines, through the functions' own entries."""

import json
from io import StringIO
from typing import Any

import pytest

from tests.fakes.aws_events import http_event
from tests.fakes.faults import Mishap
from tests.fakes.keys import idempotency_key
from tests.unit.test_order_to_cooked import DeploymentScenario
from tests.unit.test_secrets_in_logs import log

__all__ = ["log"]
NOTE = "no onions, s\u2019il vous pla\u00eet"
ITEMS: list[dict[str, Any]] = [
    {"id": "soup", "quantity": 1, "note": NOTE},
    {"id": "bread", "quantity": 1},
    {"id": "soup", "quantity": 2, "note": "hot"},
    {"id": "soup", "quantity": 1, "note": f"  {NOTE} "},
]
KEPT = [
    ("soup", 4, [{"quantity": 2, "text": NOTE}, {"quantity": 2, "text": "hot"}]),
    ("bread", 1, []),
]


def post(scenario: DeploymentScenario, items: object, **headers: str) -> dict[str, Any]:
    event = http_event(json.dumps({"items": items}), {"customer_id": "ann"}, **headers)
    return scenario.deployment.call("create_order", event)


def kept(answer: dict[str, Any]) -> list[tuple[str, int, object]]:
    items = json.loads(answer["body"])["items"]
    return [(item["id"], item["quantity"], item["notes"]) for item in items]


def test_notes_are_answered_and_shown() -> None:
    scenario = DeploymentScenario()

    answer = post(scenario, ITEMS)
    placed = json.loads(answer["body"])

    assert answer["statusCode"] == 201
    assert kept(answer) == KEPT
    assert kept(scenario.get(placed["order_id"], placed["access_token"])) == KEPT


def test_a_repetition_with_other_notes_is_another_order() -> None:
    scenario = DeploymentScenario()
    key = idempotency_key()
    headers = {"idempotency_key": key.text, "idempotency_secret": key.secret}
    first = post(scenario, ITEMS, **headers)

    again = post(scenario, [*ITEMS[1:], ITEMS[0]], **headers)
    other = post(scenario, [*ITEMS[:3], ITEMS[3] | {"note": "no garlic"}], **headers)

    assert again["headers"]["Idempotent-Replayed"] == "true"
    assert kept(again) == kept(first)
    assert other["statusCode"] == 422
    assert json.loads(other["body"])["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    "call", ["", "stock.reserve", "orders.add", "orders.replace", "bus.publish"]
)
@pytest.mark.parametrize("mishap", [Mishap.FAILS, Mishap.LOSES_ANSWER])
def test_a_note_is_in_no_log_line_no_metric_and_no_event(
    call: str, mishap: Mishap, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = DeploymentScenario()
    deployment = scenario.deployment
    if call:
        deployment.faults.on(call, mishap)

    post(scenario, ITEMS)
    for order_id in deployment.orders.stored:
        scenario.pay(order_id)
        scenario.report_payment(order_id, 3050)
        for queue in ("payment_link", "order_paid", "kitchen"):
            if deployment.bus.queues[queue]:
                scenario.deliver(queue)
    post(scenario, [{"id": "ghost", "quantity": 1, "note": NOTE}])
    post(scenario, [{"id": "soup", "quantity": 1, "note": NOTE * 100}])

    written = log.getvalue() + capsys.readouterr().out
    assert "create_order" in written
    published = "".join(event.model_dump_json() for event in deployment.bus.published)
    assert "onions" not in written + published


def test_the_page_at_stripe_has_no_notes() -> None:
    scenario = DeploymentScenario()
    order_id = json.loads(post(scenario, ITEMS)["body"])["order_id"]
    scenario.make_page(order_id)

    assert "onions" not in repr(scenario.deployment.gateway.pages)
