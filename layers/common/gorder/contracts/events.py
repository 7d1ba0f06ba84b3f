"""The facts that services publish. Past tense; the wire name is `event_type`.

The envelope is the SNS message, delivered raw, so an SQS body is the envelope. `event_type` is
also a message attribute, by which the topic filters.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from gorder.contracts.base import Message, describe_validation_error
from gorder.contracts.fields import Currency, MinorUnits
from gorder.errors import DefectError, LaterReleaseError

VERSION: Final = 1  # a change that an earlier release cannot ignore has the next one


class EventType(StrEnum):
    """Every wire name, for filters and dispatch."""

    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"
    ORDER_COOKED = "order.cooked"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    CATALOGUE_CHANGED = "catalogue.changed"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    CHECKOUT_EXPIRED = "payment.checkout_expired"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_FAILED = "payment.refund_failed"
    PAYMENT_DISPUTED = "payment.disputed"
    COOKING_TIME_ELAPSED = "kitchen.cooking_time_elapsed"


class Envelope(Message):
    """What every event carries. `trace_id` is the trace of the request that began the story."""

    event_id: Annotated[str, Field(min_length=1, max_length=255)]
    version: Literal[1] = VERSION
    occurred_at: AwareDatetime
    trace_id: str


class OrderData(Message):
    """Which order. A consumer reads the rest where it is kept, so it never acts on an old copy."""

    order_id: str


class PaymentData(Message):
    """What Stripe says was paid, to be checked against the order."""

    order_id: str
    session_id: str
    payment_intent_id: str | None
    amount: MinorUnits
    currency: Currency


class ProductData(Message):
    """Which product. No order is concerned."""

    product_id: Annotated[str, Field(min_length=1)]
    order_id: None = None


class PaymentReference(Message):
    """A payment fact that moves no order by itself. Ids are None where Stripe gives none."""

    order_id: str | None
    stripe_object_id: str
    payment_intent_id: str | None


class OrderCreated(Envelope):
    """An order is saved and its stock is held."""

    event_type: Literal[EventType.ORDER_CREATED] = EventType.ORDER_CREATED
    data: OrderData


class OrderPaid(Envelope):
    """The order service has checked the payment against the order: cook it."""

    event_type: Literal[EventType.ORDER_PAID] = EventType.ORDER_PAID
    data: OrderData


class OrderCooked(Envelope):
    """The kitchen is done."""

    event_type: Literal[EventType.ORDER_COOKED] = EventType.ORDER_COOKED
    data: OrderData


class OrderCancelled(Envelope):
    """The customer changed their mind before paying; the stock is free again."""

    event_type: Literal[EventType.ORDER_CANCELLED] = EventType.ORDER_CANCELLED
    data: OrderData


class OrderExpired(Envelope):
    """Nobody paid in time; the stock is free again."""

    event_type: Literal[EventType.ORDER_EXPIRED] = EventType.ORDER_EXPIRED
    data: OrderData


class CatalogueChanged(Envelope):
    """Stripe says a product or one of its prices is another. Ask Stripe what it is now."""

    event_type: Literal[EventType.CATALOGUE_CHANGED] = EventType.CATALOGUE_CHANGED
    data: ProductData


class PaymentSucceeded(Envelope):
    """Stripe has the money. `event_id` is Stripe's own."""

    event_type: Literal[EventType.PAYMENT_SUCCEEDED] = EventType.PAYMENT_SUCCEEDED
    data: PaymentData


class PaymentFact(Envelope):
    """The other payment facts: nothing in the order's path waits for them."""

    event_type: Literal[
        EventType.PAYMENT_FAILED,
        EventType.CHECKOUT_EXPIRED,
        EventType.PAYMENT_REFUNDED,
        EventType.REFUND_FAILED,
        EventType.PAYMENT_DISPUTED,
    ]
    data: PaymentReference


class CookingTimeElapsed(Envelope):
    """The kitchen's message to itself, delivered when the dish is done."""

    event_type: Literal[EventType.COOKING_TIME_ELAPSED] = EventType.COOKING_TIME_ELAPSED
    data: OrderData


Event = Annotated[
    OrderCreated
    | OrderPaid
    | OrderCooked
    | OrderCancelled
    | OrderExpired
    | CatalogueChanged
    | PaymentSucceeded
    | PaymentFact
    | CookingTimeElapsed,
    Field(discriminator="event_type"),
]
event_adapter: TypeAdapter[Event] = TypeAdapter(Event)


class MalformedEventError(DefectError):
    """A message is no event. The text says where it is wrong and never what it holds."""

    code = "malformed_event"


class _EventHeader(Message):
    """The part of an event that every release can read."""

    event_type: str
    version: int = VERSION


def parse_event(body: str | bytes) -> Event:
    """Read an envelope off the wire.

    Raises:
        LaterReleaseError: its type or its version is one of a later release.
        MalformedEventError: it is no event.
    """
    try:
        return event_adapter.validate_json(body)
    except ValidationError as error:
        _leave_to_later_release(body)
        raise MalformedEventError(describe_validation_error(error)) from None


def _leave_to_later_release(body: str | bytes) -> None:
    try:
        header = _EventHeader.model_validate_json(body)
    except ValidationError:
        return
    if header.event_type not in EventType or header.version > VERSION:
        raise LaterReleaseError(
            f"this release knows no {header.event_type} of version {header.version}; "
            "the message returns to its queue"
        )
