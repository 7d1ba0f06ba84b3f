"""What a payment page is made from, and the rules on it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gorder.errors import DefectError


@dataclass(frozen=True, slots=True)
class PayableLine:
    """Units of one Stripe price."""

    price_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Payable:
    """An order to be paid. `attempt` and `expires_at` are fixed before Stripe is asked.

    `awaits_checkout` is False for an order that has its page, or that nobody will pay any more.
    """

    order_id: str
    trace_id: str
    lines: tuple[PayableLine, ...]
    amount_total: int
    currency: str
    attempt: int
    expires_at: datetime
    awaits_checkout: bool

    @property
    def idempotency_key(self) -> str:
        """The same attempt asks Stripe the same question, however often it is asked."""
        return f"order:{self.order_id}:checkout:{self.attempt}"


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """A hosted page as Stripe made it; the amount is in minor units."""

    session_id: str
    url: str
    amount_total: int
    currency: str


class PageState(StrEnum):
    """How a hosted page ended, or is about to."""

    EXPIRED = "expired"  # nobody paid on it, and nobody can
    PROCESSING = "processing"  # somebody pays by a way that takes its time
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class PagePayment:
    """What was paid on a page, in minor units."""

    order_id: str
    trace_id: str
    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class PageEnd:
    """What became of a page that was to expire; a paid one has its payment."""

    state: PageState
    payment: PagePayment | None = None


class CheckoutDiffersError(DefectError):
    """Stripe would ask another amount than the order says: the page is not shown to anybody."""

    code = "checkout_differs"


def check_page(page: CheckoutPage, payable: Payable) -> None:
    """See that the page asks what the order costs.

    Raises:
        CheckoutDiffersError: it does not.
    """
    if (page.amount_total, page.currency) != (payable.amount_total, payable.currency):
        raise CheckoutDiffersError(
            f"page {page.session_id} asks {page.amount_total} {page.currency}, "
            f"the order is {payable.amount_total} {payable.currency}"
        )
