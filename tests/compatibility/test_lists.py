"""Each list that must cover every status, event or state covers it."""

from typing import get_args

from gorder.contracts.events import Event, EventType
from gorder.contracts.stock import Refusal
from gorder.order.order_metrics import METRICS
from gorder.order.outbox_events import EVENTS
from gorder.order.status import TRANSITIONS, Status
from gorder.stock.replies import REFUSALS

ORDER_EVENTS = {event for event in EventType if event.startswith("order.")}


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_every_status_has_its_metric() -> None:
    assert set(METRICS) == set(Status)


def test_every_event_of_an_order_can_be_in_its_outbox() -> None:
    assert set(EVENTS) == ORDER_EVENTS


def test_every_event_type_has_its_class() -> None:
    classes = get_args(get_args(Event)[0])
    types = {t for c in classes for t in get_args(c.model_fields["event_type"].annotation)}

    assert types == set(EventType)


def test_every_refusal_is_given() -> None:
    assert set(REFUSALS.values()) == set(Refusal)
