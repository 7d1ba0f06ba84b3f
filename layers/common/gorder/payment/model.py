"""Payment pages: the order to be paid, the states of a page, and the check of its amount."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from gorder.errors import TransientError

_ORDER_ID: Final = "{order_id}"  # in a return address


@dataclass(frozen=True, slots=True)
class PayableLine:
    """Units of one Stripe price."""

    price_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Payable:
    """An order to be paid. `attempt` and `expires_at` are saved before the request to Stripe.

    `awaits_checkout` is False for an order that has its page or is closed. `may_have_lost_page` is
    True for one that was closed before its page was saved.
    """

    order_id: str
    trace_id: str
    lines: tuple[PayableLine, ...]
    amount_total: int
    currency: str
    attempt: int
    expires_at: datetime
    awaits_checkout: bool
    may_have_lost_page: bool = False

    @property
    def idempotency_key(self) -> str:
        """The key of this attempt: Stripe answers a repeated request with the same page."""
        return f"order:{self.order_id}:checkout:{self.attempt}"


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What every page has.

    Attributes:
        return_url: where the customer goes after paying. With `{order_id}` in it, also where the
            customer goes back to without paying.
        promotion_codes: whether the customer may enter a promotion code.
        automatic_tax: whether Stripe calculates tax.
        invoices: whether Stripe makes an invoice of each payment.
    """

    return_url: str
    promotion_codes: bool = False
    automatic_tax: bool = False
    invoices: bool = False

    def success_url(self, order_id: str) -> str:
        """Return the address after the payment; one that names its order has `paid` in its query.

        Another address is as it was set, so that a repeated attempt is the same request.
        """
        address = self.cancel_url(order_id)
        if address is None:
            return self.return_url
        page, mark, fragment = address.partition("#")
        return f"{page}{'&' if '?' in page else '?'}paid{mark}{fragment}"

    def cancel_url(self, order_id: str) -> str | None:
        """Return the address for a customer who does not pay, or None if it cannot name orders."""
        if _ORDER_ID not in self.return_url:
            return None
        return self.return_url.replace(_ORDER_ID, order_id)


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """A payment page as Stripe made it. Amounts are in minor units.

    `amount_tax` is the tax in `amount_total`, if Stripe calculates it.
    """

    session_id: str
    url: str
    amount_subtotal: int
    amount_total: int
    currency: str
    amount_tax: int = 0


class PageState(StrEnum):
    """The state of a payment page."""

    OPEN = "open"  # it can be paid
    EXPIRED = "expired"  # not paid, and it cannot be paid any more
    PROCESSING = "processing"  # being paid by a method that takes hours or days
    PAID = "paid"


# The `payment_status` of a Checkout Session for which nothing more is to be paid.
PAID_STATUSES: Final = frozenset({"paid", "no_payment_required"})


@dataclass(frozen=True, slots=True)
class PageRefund:
    """A refund of a payment, in minor units. `by` is who made it.

    `refunded_before` is what was refunded before it, as its request said.
    """

    refund_id: str
    amount: int
    status: str
    reason: str
    by: str
    at: datetime
    refunded_before: int | None = None


@dataclass(frozen=True, slots=True)
class PagePayment:
    """A payment made on a page, in minor units.

    `amount` is the price of the lines less `discount`, plus `added`. `tax` is all tax in it; prices
    may include some or all of it, and the rest is added.
    `dispute` is `inquiry`, `open`, `won` or `lost`, and `lost` the amount of lost disputes.
    `is_marked`: the page has the mark of this deployment.
    """

    order_id: str
    trace_id: str
    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str
    refunds: tuple[PageRefund, ...] = ()
    dispute: str | None = None
    lost: int = 0
    is_marked: bool = False
    discount: int = 0
    tax: int = 0
    added: int = 0


@dataclass(frozen=True, slots=True)
class PageOrder:
    """A page, and the order that it is for."""

    session_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund to make, in minor units.

    `attempt` differs once a refund of the payment was recorded, or the order was resumed.
    `refunded_before` is kept with the refund at Stripe.
    """

    order_id: str
    payment_intent_id: str
    amount: int
    reason: str
    attempt: str
    refunded_before: int | None = None

    @property
    def idempotency_key(self) -> str:
        """The key of this attempt: Stripe answers a repeated request with the same refund."""
        return f"order:{self.order_id}:refund:{self.payment_intent_id}:{self.amount}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class PageReport:
    """A page as Stripe states it; a paid one has its payment."""

    state: PageState
    payment: PagePayment | None = None


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event in Stripe's list. `body` is the JSON that a webhook with it has.

    `is_delivered`: every endpoint that gets this type has accepted it, or none gets this type.
    """

    event_id: str
    type: str
    is_delivered: bool
    body: Mapping[str, Any]


class CheckoutRefusedError(TransientError):
    """Stripe refuses to make the order's page. The second refusal alike closes the order.

    Attributes:
        refusal: the kind of the refusal, a short code without data of the customer.
    """

    code = "checkout_refused"

    def __init__(self, refusal: str, text: str) -> None:
        super().__init__(text)
        self.refusal = refusal


class CheckoutDiffersError(CheckoutRefusedError):
    """The page asks for another amount than the order's, so it is not shown to the customer."""

    code = "checkout_differs"

    def __init__(self, text: str) -> None:
        super().__init__(self.code, text)


def check_page(page: CheckoutPage, payable: Payable) -> None:
    """Check that the page asks for the order's amount and currency, and no more than its tax.

    Raises:
        CheckoutDiffersError: it does not.
    """
    added = page.amount_total - page.amount_subtotal
    is_asked = (page.amount_subtotal, page.currency) == (payable.amount_total, payable.currency)
    if not is_asked or not 0 <= added <= page.amount_tax:
        raise CheckoutDiffersError(
            f"page {page.session_id} of order {payable.order_id} asks for {page.amount_total} "
            f"{page.currency} instead of {payable.amount_total} {payable.currency} for "
            f"{', '.join(line.price_id for line in payable.lines)}: "
            "compare the catalogue's prices with Stripe's"
        )
