"""Events have one wire format, and invalid ones are refused."""

import json
from datetime import timedelta
from typing import Any, get_args

import pytest

from gorder.contracts.events import (
    CatalogueChanged,
    CookingTimeElapsed,
    Event,
    EventType,
    MalformedEventError,
    OrderCancelled,
    OrderCooked,
    OrderCreated,
    OrderData,
    OrderExpired,
    OrderPaid,
    OrderRefundDue,
    OrderRefunded,
    PaymentData,
    PaymentFact,
    PaymentReference,
    PaymentSucceeded,
    ProductData,
    parse_event,
)
from tests.fakes.clock import NOON

COMMON: dict[str, Any] = {
    "event_id": "event-1",
    "occurred_at": NOON + timedelta(milliseconds=7),
    "trace_id": "t",
}
ORDER = OrderData(order_id="order-1")
PAYMENT = PaymentData(
    order_id="order-1", session_id="cs", payment_intent_id=None, amount=0, currency="eur"
)
REFERENCE = PaymentReference(order_id=None, stripe_object_id="ch_1", payment_intent_id=None)
EVENTS: list[Event] = [
    OrderCreated(**COMMON, data=ORDER),
    OrderPaid(**COMMON, data=ORDER),
    OrderCooked(**COMMON, data=ORDER),
    OrderCancelled(**COMMON, data=ORDER),
    OrderExpired(**COMMON, data=ORDER),
    OrderRefundDue(**COMMON, data=ORDER),
    OrderRefunded(**COMMON, data=ORDER),
    CatalogueChanged(**COMMON, data=ProductData(product_id="prod_1")),
    CookingTimeElapsed(**COMMON, data=ORDER),
    PaymentSucceeded(**COMMON, data=PAYMENT),
    PaymentFact(**COMMON, event_type=EventType.PAYMENT_FAILED, data=REFERENCE),
    PaymentFact(**COMMON, event_type=EventType.CHECKOUT_EXPIRED, data=REFERENCE),
    PaymentFact(**COMMON, event_type=EventType.PAYMENT_REFUNDED, data=REFERENCE),
    PaymentFact(**COMMON, event_type=EventType.REFUND_FAILED, data=REFERENCE),
    PaymentFact(**COMMON, event_type=EventType.PAYMENT_DISPUTED, data=REFERENCE),
    PaymentFact(**COMMON, event_type=EventType.DISPUTE_CLOSED, data=REFERENCE),
]
WIRE = json.loads(OrderPaid(**COMMON, data=ORDER).model_dump_json())


def test_every_event_type_has_an_example() -> None:
    assert {event.event_type for event in EVENTS} == set(EventType)
    assert {type(event) for event in EVENTS} == set(get_args(get_args(Event)[0]))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_type)
def test_a_parsed_event_equals_the_published_one(event: Event) -> None:
    assert parse_event(event.model_dump_json()) == event


def test_the_wire_format_is_stable() -> None:
    assert WIRE == {
        "event_id": "event-1",
        "event_type": "order.paid",
        "version": 1,
        "occurred_at": "2026-11-23T12:00:00.007000Z",
        "trace_id": "t",
        "data": {"order_id": "order-1"},
    }


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1"},
        {"version": 0},
        {"event_type": 7},
        {"event_id": ""},
        {"event_id": "x" * 256},
        {"occurred_at": "2026-11-23T12:00:00"},
        {"occurred_at": "1700000000"},
        {"occurred_at": "1700000000000"},
        {"occurred_at": 1700000000},
        {"trace_id": "x" * 501},
        {"trace_id": "\ud800"},
        {"data": {"order_id": "../x y"}},
        {"data": {"order_id": "x" * 65}},
        {"occurred_at": "0001-01-01T00:00:00+14:00"},
        {"occurred_at": "9999-12-31T23:59:59-14:00"},
        {"trace_id": None},
        {"data": {}},
        {"data": {"order_id": 1}},
    ],
    ids=str,
)
def test_an_invalid_field_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MalformedEventError):
        parse_event(json.dumps(WIRE | change))


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "7", b"\xff", "[" * 100_000, '{"data":' * 30_000]
)
def test_a_body_that_is_not_an_envelope_is_refused(body: str | bytes) -> None:
    with pytest.raises(MalformedEventError):
        parse_event(body)


@pytest.mark.parametrize("field", sorted(WIRE.keys() - {"version"}))
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(MalformedEventError):
        parse_event(json.dumps({name: value for name, value in WIRE.items() if name != field}))


def test_an_error_names_the_field_and_not_its_value() -> None:
    with pytest.raises(MalformedEventError, match=r"data\.order_id") as raised:
        parse_event(json.dumps(WIRE | {"data": {"order_id": ["4242424242424242"]}}))

    assert "4242" not in str(raised.value)


@pytest.mark.parametrize(
    ("amount", "currency"), [(-1, "eur"), (2**53, "eur"), (1, "EUR"), (1, "euro"), (1.5, "eur")]
)
def test_an_invalid_amount_or_currency_is_refused(amount: object, currency: str) -> None:
    wire = json.loads(PaymentSucceeded(**COMMON, data=PAYMENT).model_dump_json())
    wire["data"] |= {"amount": amount, "currency": currency}

    with pytest.raises(MalformedEventError):
        parse_event(json.dumps(wire))
