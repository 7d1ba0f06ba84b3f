"""The amounts of a Checkout Session."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stripe.checkout import Session


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts of a page, in minor units of one currency."""

    subtotal: int
    discount: int
    tax: int
    total: int
    currency: str

    @property
    def added(self) -> int:
        """What was added to the prices after the discount, and negative if more was taken off."""
        return self.total - (self.subtotal - self.discount)


def totals(session: "Session") -> Totals | None:
    """Return what the page asks for, or None if Stripe does not state it.

    A discount counts if gorder has made the page with promotion codes, and tax if it has made it
    with automatic tax. Other discounts and taxes, and shipping, do not, so they explain no amount.
    Tax on a page with shipping, which gorder never makes, does not count either.

    `amount_subtotal` has the tax that prices include, and `amount_total` all tax
    (https://docs.stripe.com/api/checkout/sessions/object).
    """
    details = session.total_details
    subtotal, total, currency = session.amount_subtotal, session.amount_total, session.currency
    if details is None or subtotal is None or total is None or currency is None:
        return None
    is_taxed = session.automatic_tax.enabled and not details.amount_shipping
    return Totals(
        subtotal=subtotal,
        discount=details.amount_discount if session.allow_promotion_codes else 0,
        tax=details.amount_tax if is_taxed else 0,
        total=total,
        currency=currency,
    )
