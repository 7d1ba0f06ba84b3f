"""What the order service needs from the payment service."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gorder.order.payments import Payment


class PageOutcome(StrEnum):
    """What became of a payment page."""

    OPEN = "open"  # it can be paid
    CLOSED = "closed"  # no payment can be made on it any more
    PAYMENT_UNDER_WAY = "payment_under_way"  # by a method that takes hours or days
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class StatedPage:
    """A payment page and its payment, as Stripe states them now.

    `order_id` is a paid page's. `is_marked`: the page has the mark of this deployment.
    """

    session_id: str
    outcome: PageOutcome
    order_id: str | None = None
    payment: Payment | None = None
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A payment page, and the order that it is for."""

    session_id: str
    order_id: str


class Payments(Protocol):
    """Reads payments from the payment service, which asks Stripe.

    Every method raises the payment service's errors: it is not known whether there is a payment.
    """

    def page(self, session_id: str) -> StatedPage:
        """Return a page, with the refunds and the dispute of its payment."""
        ...

    def page_of(self, payment_intent_id: str) -> FoundPage | None:
        """Return where a payment was made; None if it was made on none of gorder's pages."""
        ...


class Refunds(Protocol):
    """The payment service, as the order service uses it to refund."""

    def refund(self, order_id: str, payment: Payment, resumed: int) -> None:
        """Refund what is due of the payment. Repeated, Stripe makes the same refund.

        `resumed` is how often the order was resumed: Stripe may keep an error for a request, and
        gets another request then.

        Raises the payment service's errors: it is not known whether the refund was made.
        """
        ...

    def refund_rest(self, order_id: str, payment: Payment, reason: str) -> None:
        """Refund what the shop has of the payment. Raises what `refund` raises.

        Repeated with the same reason, Stripe makes the same refund; after one has failed, another.
        """
        ...

    def refund_part(
        self, order_id: str, payment: Payment, amount: int, reason: str, refunded_before: int
    ) -> None:
        """Refund an amount of the payment, in minor units. Raises what `refund` raises.

        Stripe keeps with it what was refunded before. Repeated with the same two numbers, Stripe
        makes the same refund; after one has failed, another.
        """
        ...


class PaymentPages(Protocol):
    """The payment service, as the order service uses it."""

    def close(self, session_id: str) -> PageOutcome:
        """Close a payment page unless it is paid. Can be repeated.

        Raises the payment service's errors: the page may still be open.
        """
        ...
