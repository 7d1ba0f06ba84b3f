"""Events, stock requests and answers that the next release might send."""

import json
from typing import Any

import pytest

from gorder.contracts.events import parse_event
from gorder.contracts.stock import parse_request
from gorder.errors import LaterReleaseError
from tests.compatibility.consumers import assert_no_alarm, consume
from tests.compatibility.frozen import ANSWER_KINDS, read_text, with_later_fields
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID
from tests.unit.runtime.conftest import Lines

EVENTS = read_text("events.json")
REQUESTS = read_text("stock_requests.json")
ANSWERS = read_text("stock_answers.json")
CONSUMERS = {
    "payment_link": "order.created",
    "order_paid": "payment.succeeded",
    "kitchen": "order.paid",
    "catalogue_sync": "catalogue.changed",
}


@pytest.mark.parametrize("name", EVENTS)
def test_new_fields_of_an_event_are_ignored(name: str) -> None:
    grown = json.dumps(with_later_fields(json.loads(EVENTS[name])))

    assert parse_event(grown) == parse_event(EVENTS[name])


@pytest.mark.servers
@pytest.mark.parametrize("function", CONSUMERS)
@pytest.mark.parametrize(
    "change",
    [
        {"event_type": "order.delivered"},
        {"event_type": "order.cancelled"},  # known, and subscribed to by a later release only
        {"version": 2, "data": {"order": {"id": ORDER_ID}}},
    ],
    ids=["new type", "new subscription", "new version"],
)
def test_an_event_of_a_later_release_returns_to_its_queue(
    deployment: FakeDeployment, function: str, change: dict[str, Any], log: Lines
) -> None:
    known = EVENTS.get(change.get("event_type", ""), EVENTS[CONSUMERS[function]])

    failures = consume(deployment, function, json.dumps(json.loads(known) | change))

    assert failures == [{"itemIdentifier": "0"}]
    assert "later_release" in {line.get("code") for line in log()}
    assert_no_alarm(log())


@pytest.mark.parametrize("name", REQUESTS)
def test_new_fields_of_a_stock_request_are_ignored(name: str) -> None:
    grown = json.dumps(with_later_fields(json.loads(REQUESTS[name])))

    assert parse_request(grown) == parse_request(REQUESTS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_new_fields_of_a_stock_answer_are_ignored(name: str) -> None:
    kind = ANSWER_KINDS[name.partition(",")[0]]
    grown = json.dumps(with_later_fields(json.loads(ANSWERS[name])))

    assert kind.model_validate_json(grown) == kind.model_validate_json(ANSWERS[name])


@pytest.mark.servers
@pytest.mark.parametrize("change", [{"operation": "move"}, {"version": 2}], ids=str)
def test_a_stock_request_of_a_later_release_fails_without_an_alarm(
    deployment: FakeDeployment, change: dict[str, Any], log: Lines
) -> None:
    with pytest.raises(LaterReleaseError):
        deployment.call("stock_check", json.loads(REQUESTS["menu"]) | change)

    assert_no_alarm(log())
