"""What the changes of an order leave: statuses, events, attempts to make its payment page."""

from dataclasses import dataclass
from datetime import datetime

from gorder.order.status import AnyStatus


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status and the time when the order reached it."""

    status: AnyStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class StaffNote:
    """What staff did with an order: the command, who asked for it, and why.

    `amount` and `refunded_before` are those of a refund, in minor units.
    """

    command: str
    by: str
    text: str
    at: datetime
    amount: int | None = None
    refunded_before: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event that is saved with the order and not delivered yet."""

    event_id: str
    event_type: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """The attempt to make a payment page, and the page once Stripe has made it.

    Attempt and expiry are saved before the request to Stripe, so that a retry is the same request.
    `refusal` is the kind of Stripe's last refusal of an earlier attempt.
    """

    attempt: int
    expires_at: datetime
    session_id: str | None = None
    url: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentEvents:
    """What an order publishes about a payment."""

    paid: OutboxEvent
    refund_due: OutboxEvent
    refunded: OutboxEvent
    expired: OutboxEvent


@dataclass(frozen=True, slots=True)
class PageEvents:
    """What an order publishes when it loses its page."""

    created: OutboxEvent
    expired: OutboxEvent
