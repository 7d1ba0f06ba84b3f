"""The back office's reply about payments whose order was not stored."""

from pydantic import AwareDatetime

from gorder.contracts.base import Contract


class PaymentKeeperBody(Contract):
    """Who kept a payment with the command `keep_payment`, and why."""

    by: str
    reason: str


class UnmatchedPaymentBody(Contract):
    """A payment whose order was not stored when it arrived.

    `recorded` says whether it is recorded with its order now. `refunded` and `dispute` are as of
    the last report of the payment. `kept_by` and `kept_because` are of the first command
    `keep_payment`, and `kept_again` has the later ones.
    """

    payment: str
    page: str
    order_id: str
    amount: int
    currency: str
    refunded: int
    dispute: str | None
    recorded: bool
    found_at: AwareDatetime
    kept_by: str | None = None
    kept_because: str | None = None
    kept_again: tuple[PaymentKeeperBody, ...] = ()


class UnreadablePaymentBody(Contract):
    """A payment whose record was changed by hand. `text` names the fields, and what to do."""

    payment: str
    text: str


class UnmatchedPaymentsBody(Contract):
    """Payments, the last found first. `next` is the `after` of the next page, if there is one."""

    payments: tuple[UnmatchedPaymentBody, ...]
    unreadable: tuple[UnreadablePaymentBody, ...] = ()
    next: str | None
