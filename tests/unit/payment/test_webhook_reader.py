"""Webhooks are verified and translated into events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gorder.contracts.events import CatalogueChanged, EventType, PaymentFact, PaymentSucceeded
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.clock import utc_now
from tests.fakes.examples import ORDER_ID, SESSION_ID, STACK, TRACE_ID
from tests.fakes.webhooks import SECRET, event, session, signature

OWN_TRACE = "1-00000000-000000000000000000000000"
COMPLETED = "checkout.session.completed"
READER = StripeWebhookReader(SECRET, utc_now, STACK)
BODY = event(COMPLETED, session())


def read(body: bytes) -> PaymentSucceeded | PaymentFact | CatalogueChanged | None:
    """Read a body with a current signature of Stripe."""
    return READER.read(body, signature(body, utc_now()), OWN_TRACE)


def test_a_paid_session_is_a_payment() -> None:
    payment = read(BODY)

    assert isinstance(payment, PaymentSucceeded)
    assert (payment.event_id, payment.trace_id) == ("evt_1", TRACE_ID)
    assert payment.occurred_at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert payment.data.model_dump() == {
        "order_id": ORDER_ID,
        "session_id": SESSION_ID,
        "payment_intent_id": "pi_1",
        "amount": 1650,
        "currency": "eur",
    }


@pytest.mark.parametrize(
    ("type_", "thing"),
    [
        ("checkout.session.async_payment_succeeded", session()),
        (COMPLETED, session(payment_status="no_payment_required", payment_intent=None)),
        (COMPLETED, session(amount_total=0)),
    ],
    ids=["paid later", "nothing to pay", "free"],
)
def test_a_free_or_delayed_session_is_a_payment(type_: str, thing: dict[str, Any]) -> None:
    assert isinstance(read(event(type_, thing)), PaymentSucceeded)


@pytest.mark.parametrize(
    ("type_", "fact"),
    [
        ("checkout.session.async_payment_failed", EventType.PAYMENT_FAILED),
        ("checkout.session.expired", EventType.CHECKOUT_EXPIRED),
        ("charge.refunded", EventType.PAYMENT_REFUNDED),
        ("refund.updated", EventType.PAYMENT_REFUNDED),
        ("refund.failed", EventType.REFUND_FAILED),
        ("charge.dispute.created", EventType.PAYMENT_DISPUTED),
        ("charge.dispute.closed", EventType.DISPUTE_CLOSED),
    ],
)
def test_other_payment_events_are_translated(type_: str, fact: EventType) -> None:
    event_ = read(event(type_, session(id="object_1")))

    assert isinstance(event_, PaymentFact)
    assert event_.event_type is fact
    assert event_.data.model_dump() == {
        "order_id": ORDER_ID,
        "stripe_object_id": "object_1",
        "payment_intent_id": "pi_1",
    }


@pytest.mark.parametrize("change", ["created", "updated", "deleted"])
@pytest.mark.parametrize("thing", ["product", "price"])
def test_a_change_of_a_product_or_price_names_the_product(thing: str, change: str) -> None:
    product = {"id": "prod_1", "object": "product", "metadata": {"trace_id": 7}}
    price = {"id": "price_1", "object": "price", "product": "prod_1"}

    event_ = read(event(f"{thing}.{change}", product if thing == "product" else price))

    assert isinstance(event_, CatalogueChanged)
    assert (event_.event_id, event_.trace_id) == ("evt_1", OWN_TRACE)
    assert event_.data.product_id == "prod_1"


def test_a_fact_without_an_order_has_the_trace_of_the_request() -> None:
    event_ = read(event("charge.refunded", {"id": "ch_1", "metadata": None}))

    assert isinstance(event_, PaymentFact)
    assert (event_.data.order_id, event_.data.payment_intent_id) == (None, None)
    assert event_.trace_id == OWN_TRACE


@pytest.mark.parametrize(
    ("type_", "thing"),
    [
        (COMPLETED, session(payment_status="unpaid")),
        (COMPLETED, session(metadata={})),
        (COMPLETED, session(metadata=None)),
        (COMPLETED, session(metadata={"order_id": ORDER_ID, "gorder_stack": "another"})),
        ("charge.refunded", session(metadata={"order_id": ORDER_ID, "gorder_stack": "another"})),
        ("customer.created", {"id": "cus_1"}),
    ],
    ids=[
        "payment under way",
        "no order",
        "no metadata",
        "another shop's payment",
        "another shop's refund",
        "another event",
    ],
)
def test_other_events_are_ignored(type_: str, thing: dict[str, Any]) -> None:
    assert read(event(type_, thing)) is None


NO_ORDER_IDS = [
    "",
    "\ud800",
    "../x y\n",
    f"{ORDER_ID}\n",
    "Order #5",
    "a" * 65,
    "x" * 200_000,
]


@pytest.mark.parametrize("order_id", NO_ORDER_IDS, ids=lambda text: ascii(text)[:20])
def test_a_payment_of_another_application_is_ignored(order_id: str) -> None:
    """Stripe repeats a refused event for days."""
    metadata = {"order_id": order_id, "trace_id": "\ud800"}

    assert read(event(COMPLETED, session(metadata=metadata))) is None


@pytest.mark.parametrize("order_id", NO_ORDER_IDS, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("trace_id", [TRACE_ID, "\ud800", "x" * 501, 7], ids=type)
def test_a_fact_of_another_application_has_no_order(order_id: str, trace_id: object) -> None:
    metadata = {"order_id": order_id, "trace_id": trace_id}

    event_ = read(event("charge.dispute.created", session(metadata=metadata)))

    assert isinstance(event_, PaymentFact)
    assert (event_.data.order_id, event_.trace_id) == (None, OWN_TRACE)


@pytest.mark.parametrize("trace_id", ["t", "x" * 500])
def test_any_text_that_stripe_keeps_may_be_the_trace_of_an_order(trace_id: str) -> None:
    metadata = {"order_id": ORDER_ID, "trace_id": trace_id}

    event_ = read(event(COMPLETED, session(metadata=metadata)))

    assert event_ is not None
    assert event_.trace_id == trace_id


@pytest.mark.parametrize("text", ["\ud800", "x" * 501], ids=ascii)
@pytest.mark.parametrize(
    "make",
    [
        lambda text: event(COMPLETED, session(id=text)),
        lambda text: event(COMPLETED, session(payment_intent=text)),
        lambda text: event(COMPLETED, session(metadata={"order_id": ORDER_ID, "trace_id": text})),
        lambda text: event("charge.refunded", session(id=text)),
        lambda text: event("charge.refunded", session(payment_intent=text)),
        lambda text: event("product.updated", {"id": text, "object": "product"}),
        lambda text: event("price.updated", {"product": text, "object": "price"}),
        lambda text: event(COMPLETED, session(), id=text),
    ],
)
def test_a_text_that_stripe_cannot_have_sent_is_refused(
    make: Callable[[str], bytes], text: str
) -> None:
    with pytest.raises(InvalidWebhook):
        read(make(text))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="unsigned"),
        pytest.param("t=,v1=", id="empty signature"),
        pytest.param("gibberish", id="gibberish"),
        pytest.param("t=" + "9" * 5000 + ",v1=0", id="time out of range"),
        pytest.param("v1=0", id="no time"),
        pytest.param("t=1,v1=\u00e9", id="not ASCII"),
    ],
)
def test_an_unsigned_webhook_is_refused(header: str) -> None:
    with pytest.raises(InvalidWebhook):
        READER.read(BODY, header, OWN_TRACE)


@pytest.mark.parametrize(
    ("signed", "secret", "off"),
    [
        pytest.param(BODY, "whsec_other", timedelta(), id="wrong secret"),
        pytest.param(BODY + b" ", SECRET, timedelta(), id="changed body"),
        pytest.param(BODY, SECRET, timedelta(minutes=-6), id="stale"),
        pytest.param(BODY, SECRET, timedelta(minutes=6), id="future"),
    ],
)
def test_a_forged_or_old_webhook_is_refused(signed: bytes, secret: str, off: timedelta) -> None:
    header = signature(signed, utc_now() + off, secret)

    with pytest.raises(InvalidWebhook):
        READER.read(BODY, header, OWN_TRACE)


def test_a_signature_of_another_scheme_is_refused() -> None:
    header = signature(BODY, utc_now()).replace("v1=", "v0=")

    with pytest.raises(InvalidWebhook):
        READER.read(BODY, header, OWN_TRACE)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_differ_by_four_minutes(minutes: int) -> None:
    header = signature(BODY, utc_now() + timedelta(minutes=minutes))

    assert READER.read(BODY, header, OWN_TRACE) is not None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="a string"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b'{"data": {"object": 1}}', id="a number for an object"),
        pytest.param(event(COMPLETED, []), id="a list for an object"),
        pytest.param(event(COMPLETED, session(metadata=[1])), id="a list for metadata"),
        pytest.param(event(COMPLETED, session(metadata={"order_id": 7})), id="a number for an id"),
        pytest.param(event(COMPLETED, session(amount_total="1650")), id="a text for an amount"),
        pytest.param(event(COMPLETED, session(amount_total=-1)), id="negative amount"),
        pytest.param(event(COMPLETED, session(amount_total=None)), id="no amount"),
        pytest.param(event(COMPLETED, session(currency="EURO")), id="no currency"),
        pytest.param(event(COMPLETED, session(), id=None), id="no event id"),
        pytest.param(event("price.updated", {"object": "price"}), id="a price of no product"),
        pytest.param(event("product.updated", {"id": "", "object": "product"}), id="no product id"),
        pytest.param(event(COMPLETED, session(), created="now"), id="no time"),
        pytest.param(event(COMPLETED, session(), created=10**20), id="a time out of range"),
    ],
)
def test_a_signed_body_that_is_not_an_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidWebhook):
        read(body)


@pytest.mark.parametrize("secret", ["", "  "])
def test_an_empty_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret is empty"):
        StripeWebhookReader(secret, utc_now, STACK)


@pytest.mark.parametrize("change", ["created", "updated", "deleted"])
def test_a_product_of_another_shop_is_read_again(change: str) -> None:
    """It may have been on the menu, and the event that its mark has changed may be lost."""
    another = {"id": "prod_1", "object": "product", "metadata": {"gorder_stack": "another"}}

    changed = read(event(f"product.{change}", another))

    assert isinstance(changed, CatalogueChanged)
    assert changed.data.product_id == "prod_1"
