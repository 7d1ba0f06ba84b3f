"""The payments of an order with their refunds and disputes, as Stripe states them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

# The money of such a refund stays with the shop. Every other one is on its way or has arrived.
_RETURNED_REFUNDS: Final = {"failed", "canceled"}
GORDER: Final = "gorder"
"""Who made a refund, if gorder did."""


class RefundReason(StrEnum):
    """Why gorder refunds a payment in full."""

    ORDER_CANCELLED = "order_cancelled"
    ORDER_EXPIRED = "order_expired"
    ORDER_REFUNDED = "order_refunded"
    OUT_OF_STOCK = "out_of_stock"
    SECOND_PAYMENT = "second_payment"
    WRONG_AMOUNT = "wrong_amount"


REFUNDED_BY_SHOP: Final = "refunded_by_shop"
"""The reason of a refund that staff asked gorder for, of a part or of the rest."""


class DisputeState(StrEnum):
    """The state of a customer's dispute with their bank."""

    INQUIRY = "inquiry"  # the bank only asks: the shop has the money, and can refund it
    OPEN = "open"
    WON = "won"  # the shop keeps the money
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund of a payment, in minor units. `status` is Stripe's; `by` is who made it.

    `refunded_before` is what was refunded before it, if staff asked gorder for it.
    """

    refund_id: str
    amount: int
    status: str
    reason: str
    by: str
    at: datetime
    refunded_before: int | None = None

    @property
    def has_failed(self) -> bool:
        """Whether the customer does not get this money."""
        return self.status in _RETURNED_REFUNDS


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as Stripe states it, in minor units.

    `amount` is the price of the lines less `discount`, plus `added`. `tax` is all tax in it; prices
    may include some or all of it, and the rest is added. `refund_reason` is set once gorder has
    decided to refund it.
    """

    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str
    refunds: tuple[Refund, ...] = ()
    dispute: str | None = None  # a DisputeState, or a state of a later release
    lost: int = 0  # the amount of its lost disputes
    refund_reason: str | None = None  # a RefundReason, or a reason of a later release
    discount: int = 0
    tax: int = 0
    added: int = 0

    @property
    def key(self) -> str:
        """Its id. A page for which nothing is to be paid has no payment intent."""
        return self.payment_intent_id or self.session_id

    @property
    def refunded(self) -> int:
        """The amount that was refunded, without failed refunds."""
        return sum(refund.amount for refund in self.refunds if not refund.has_failed)

    @property
    def kept(self) -> int:
        """What the shop has of it."""
        return max(self.amount - self.refunded - self.lost, 0)

    @property
    def is_lost(self) -> bool:
        """Whether the shop has nothing left of it, because of refunds and lost disputes."""
        return self.amount > 0 and self.kept == 0

    @property
    def is_disputed(self) -> bool:
        """Whether a dispute of it is undecided, or the bank has asked about it."""
        return self.dispute in {DisputeState.INQUIRY, DisputeState.OPEN}

    @property
    def may_be_refunded(self) -> bool:
        """Whether Stripe takes refunds of it: no dispute of it is open or lost."""
        return self.dispute not in {DisputeState.OPEN, DisputeState.LOST}

    @property
    def failed_by_gorder(self) -> Refund | None:
        """The last refund by gorder that has failed, if one has."""
        failed = [each for each in self.refunds if each.has_failed and each.by == GORDER]
        return failed[-1] if failed else None

    @property
    def failed_part(self) -> Refund | None:
        """The last failed refund that staff asked gorder for and that was not made again."""
        failed = (
            each
            for each in reversed(self.refunds)
            if each.has_failed
            and each.refunded_before is not None
            and not self.has_refund(each.amount, each.refunded_before)
        )
        return next(failed, None)

    @property
    def has_failed_refund(self) -> bool:
        """Whether a refund has failed and was not made again, and the shop has the money."""
        return self.kept > 0 and any(
            each.has_failed
            and (
                each.refunded_before is None
                or not self.has_refund(each.amount, each.refunded_before)
            )
            for each in self.refunds
        )

    @property
    def failed_refunds(self) -> int:
        """How many refunds of it have failed."""
        return sum(refund.has_failed for refund in self.refunds)

    @property
    def refunds_by_gorder(self) -> int:
        """How many refunds gorder has made of it."""
        return sum(refund.by == GORDER for refund in self.refunds)

    def has_refund(self, amount: int | None, refunded_before: int) -> bool:
        """Whether staff's refund of this amount, None for any, was made when so much was refunded.

        A failed one does not count.
        """
        return any(
            refund.refunded_before == refunded_before
            and amount in {None, refund.amount}
            and not refund.has_failed
            for refund in self.refunds
        )

    @property
    def refund_due(self) -> int:
        """The amount that gorder still has to refund.

        Nothing is due while a dispute is open or after one is lost, because Stripe refuses such a
        refund; and after a refund by gorder has failed, because staff may have paid the customer in
        another way.
        """
        if self.refund_reason is None or self.failed_by_gorder or not self.may_be_refunded:
            return 0
        return max(self.amount - self.refunded, 0)

    def settles(self, total: int) -> bool:
        """Whether it pays an order of this total, and tax explains what was added to it."""
        subtotal = self.amount + self.discount - self.added
        return subtotal == total and 0 <= self.added <= self.tax

    def is_same(self, other: Self) -> bool:
        """Whether both are one payment, whatever was refunded of it."""
        return (self.key, self.amount, self.currency) == (other.key, other.amount, other.currency)

    def updated(self, stated: Self) -> Self:
        """Return this payment with the refunds and the dispute that Stripe states now.

        Refunds are kept if Stripe does not list them any more, and failed ones too.
        """
        known = {refund.refund_id: refund for refund in self.refunds}
        known |= {refund.refund_id: refund for refund in stated.refunds}
        dispute = stated.dispute or self.dispute
        refunds = in_sequence(known.values())
        return replace(self, refunds=refunds, dispute=dispute, lost=stated.lost)


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """Who keeps a payment without its order on record, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnmatchedPayment:
    """A payment of this deployment whose order was not stored, or had no reservation.

    `kept` has the staff who keep it, the first one first.
    """

    order_id: str
    payment: Payment
    found_at: datetime
    kept: tuple[KeptPayment, ...] = ()

    @property
    def key(self) -> str:
        return self.payment.key


@dataclass(frozen=True, slots=True)
class UnreadablePayment:
    """The record of such a payment, which was changed by hand. `problems` names its fields."""

    key: str
    problems: str


def in_sequence(refunds: Iterable[Refund]) -> tuple[Refund, ...]:
    """Return the refunds by the time when they were made."""
    return tuple(sorted(refunds, key=lambda refund: (refund.at, refund.refund_id)))


def with_payment(
    payments: Iterable[Payment], stated: Payment, *, restates: bool = False
) -> tuple[Payment, ...]:
    """Return the payments with the one that Stripe states, updated, or added.

    `restates`: nothing that was recorded of it before is kept.
    """
    known = {payment.key: payment for payment in payments}
    earlier = known.get(stated.key)
    new = replace(stated, refunds=in_sequence(stated.refunds))
    known[stated.key] = earlier.updated(stated) if earlier and not restates else new
    return tuple(known.values())
