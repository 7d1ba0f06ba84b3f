"""The events that services publish, named in the past tense. `event_type` is the wire name.

The envelope is the SNS message, delivered raw, so an SQS body is the envelope. `event_type` is
also a message attribute, by which the topics filter.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from gorder.contracts.base import Message, describe_validation_error, is_later_version
from gorder.contracts.fields import Currency, MinorUnits, Moment, OrderId, StripeId, TraceId
from gorder.errors import DefectError, LaterReleaseError

VERSION: Final = 1  # a change that an earlier release cannot ignore has the next one


class EventType(StrEnum):
    """Every wire name, for filters and dispatch."""

    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"
    ORDER_COOKED = "order.cooked"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_REFUND_DUE = "order.refund_due"
    ORDER_REFUNDED = "order.refunded"
    CATALOGUE_CHANGED = "catalogue.changed"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    CHECKOUT_EXPIRED = "payment.checkout_expired"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_FAILED = "payment.refund_failed"
    PAYMENT_DISPUTED = "payment.disputed"
    DISPUTE_CLOSED = "payment.dispute_closed"
    COOKING_TIME_ELAPSED = "kitchen.cooking_time_elapsed"


class Envelope(Message):
    """The fields of every event. `trace_id` is the trace of the request that began the order."""

    event_id: Annotated[str, Field(min_length=1, max_length=255)]
    version: Literal[1] = VERSION
    occurred_at: Moment
    trace_id: TraceId


class OrderData(Message):
    """The id of an order. A consumer reads the order itself, so it never uses an outdated copy."""

    order_id: OrderId


class PaymentData(Message):
    """A payment as Stripe reports it, to be compared with the order."""

    order_id: OrderId
    session_id: StripeId
    payment_intent_id: StripeId | None
    amount: MinorUnits
    currency: Currency


class ProductData(Message):
    """The id of a product. The event belongs to no order."""

    product_id: Annotated[StripeId, Field(min_length=1)]
    order_id: None = None


class PaymentReference(Message):
    """What a payment event is about. An id that Stripe does not give is None.

    `stripe_object_id` is a page's for `payment.failed` and `payment.checkout_expired`.
    """

    order_id: OrderId | None
    stripe_object_id: StripeId
    payment_intent_id: StripeId | None


class OrderCreated(Envelope):
    """An order is saved and its stock is held."""

    event_type: Literal[EventType.ORDER_CREATED] = EventType.ORDER_CREATED
    data: OrderData


class OrderPaid(Envelope):
    """The payment matches the order, so the order can be cooked."""

    event_type: Literal[EventType.ORDER_PAID] = EventType.ORDER_PAID
    data: OrderData


class OrderCooked(Envelope):
    """The kitchen has cooked the order."""

    event_type: Literal[EventType.ORDER_COOKED] = EventType.ORDER_COOKED
    data: OrderData


class OrderCancelled(Envelope):
    """The customer cancelled the order before paying. Its stock is released."""

    event_type: Literal[EventType.ORDER_CANCELLED] = EventType.ORDER_CANCELLED
    data: OrderData


class OrderExpired(Envelope):
    """The order was not paid in time. Its stock is released."""

    event_type: Literal[EventType.ORDER_EXPIRED] = EventType.ORDER_EXPIRED
    data: OrderData


class OrderRefundDue(Envelope):
    """A payment of the order does not pay for it, and is to be refunded."""

    event_type: Literal[EventType.ORDER_REFUND_DUE] = EventType.ORDER_REFUND_DUE
    data: OrderData


class OrderRefunded(Envelope):
    """The payment of the order was refunded in full, or lost in a dispute."""

    event_type: Literal[EventType.ORDER_REFUNDED] = EventType.ORDER_REFUNDED
    data: OrderData


class CatalogueChanged(Envelope):
    """A product or its price has changed in Stripe. A consumer reads the product from Stripe."""

    event_type: Literal[EventType.CATALOGUE_CHANGED] = EventType.CATALOGUE_CHANGED
    data: ProductData


class PaymentSucceeded(Envelope):
    """Stripe has received a payment. `event_id` is the id of Stripe's event."""

    event_type: Literal[EventType.PAYMENT_SUCCEEDED] = EventType.PAYMENT_SUCCEEDED
    data: PaymentData


class PaymentFact(Envelope):
    """The other payment events. A consumer reads the payment from Stripe."""

    event_type: Literal[
        EventType.PAYMENT_FAILED,
        EventType.CHECKOUT_EXPIRED,
        EventType.PAYMENT_REFUNDED,
        EventType.REFUND_FAILED,
        EventType.PAYMENT_DISPUTED,
        EventType.DISPUTE_CLOSED,
    ]
    data: PaymentReference


class CookingTimeElapsed(Envelope):
    """The cooking time of an order is over. The kitchen sends this delayed message to itself."""

    event_type: Literal[EventType.COOKING_TIME_ELAPSED] = EventType.COOKING_TIME_ELAPSED
    data: OrderData


Event = Annotated[
    OrderCreated
    | OrderPaid
    | OrderCooked
    | OrderCancelled
    | OrderExpired
    | OrderRefundDue
    | OrderRefunded
    | CatalogueChanged
    | PaymentSucceeded
    | PaymentFact
    | CookingTimeElapsed,
    Field(discriminator="event_type"),
]
event_adapter: TypeAdapter[Event] = TypeAdapter(Event)


class MalformedEventError(DefectError):
    """A message is not an event. The text names fields and shows no values."""

    code = "malformed_event"


class _EventHeader(Message):
    """The part of an event that every release can read."""

    event_type: str
    version: object = VERSION


def parse_event(body: str | bytes) -> Event:
    """Parse an event.

    Raises:
        LaterReleaseError: its type or its version is one of a later release.
        MalformedEventError: it is not an event.
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
    if header.event_type not in EventType or is_later_version(header.version, VERSION):
        raise LaterReleaseError(
            f"this release does not know the event {header.event_type}, version "
            f"{str(header.version)[:20]}; the message returns to its queue"
        )


def unhandled_event(event: Event) -> LaterReleaseError:
    """Return the error for an event that this release does not handle in the queue it came from.

    A later release subscribed the queue to it, so the message returns to the queue.
    """
    return LaterReleaseError(
        f"event {event.event_id}: this release does not handle {event.event_type} in this queue; "
        "the message returns to it"
    )
