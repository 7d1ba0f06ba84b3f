"""The port through which services publish events, and the topic of each event."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final, Protocol

from gorder.contracts.events import Event, EventType
from gorder.errors import DefectError, TransientError


class Topic(StrEnum):
    """A topic has the events of one owner; only functions of the owner may publish to it."""

    ORDERS = "orders"  # changes of orders, which the order service saves before it publishes them
    STRIPE = "stripe"  # what Stripe states, in a verified webhook or in an answer


TOPICS: Final = {
    EventType.ORDER_CREATED: Topic.ORDERS,
    EventType.ORDER_PAID: Topic.ORDERS,
    EventType.ORDER_COOKED: Topic.ORDERS,
    EventType.ORDER_CANCELLED: Topic.ORDERS,
    EventType.ORDER_EXPIRED: Topic.ORDERS,
    EventType.ORDER_REFUND_DUE: Topic.ORDERS,
    EventType.ORDER_REFUNDED: Topic.ORDERS,
    EventType.CATALOGUE_CHANGED: Topic.STRIPE,
    EventType.PAYMENT_SUCCEEDED: Topic.STRIPE,
    EventType.PAYMENT_FAILED: Topic.STRIPE,
    EventType.CHECKOUT_EXPIRED: Topic.STRIPE,
    EventType.PAYMENT_REFUNDED: Topic.STRIPE,
    EventType.REFUND_FAILED: Topic.STRIPE,
    EventType.PAYMENT_DISPUTED: Topic.STRIPE,
    EventType.DISPUTE_CLOSED: Topic.STRIPE,
}


class EventBusUnavailableError(TransientError):
    """Not every event was published. Publishing all of them again may deliver some twice."""

    code = "event_bus_unavailable"


class EventNotOwnedError(DefectError):
    """A function may not publish events of this type, because another service owns them."""

    code = "event_not_owned"


class EventPublisher(Protocol):
    """Publishes events to their subscribers."""

    def publish(self, events: Iterable[Event]) -> None:
        """Publish the events in the given order.

        Raises EventBusUnavailableError, and EventNotOwnedError before the event concerned.
        """
        ...


def topic_of(event: Event, owned: Collection[Topic]) -> Topic:
    """Return the topic of an event.

    Raises:
        EventNotOwnedError: it is not one of the owned topics, or the event has none.
    """
    topic = TOPICS.get(event.event_type)
    if topic is None or topic not in owned:
        raise EventNotOwnedError(
            f"event {event.event_id} ({event.event_type}) belongs to "
            f"{f'the topic {topic}' if topic else 'no topic'}, and this function publishes only to "
            f"{', '.join(owned)}; publish it in a function that owns it"
        )
    return topic
