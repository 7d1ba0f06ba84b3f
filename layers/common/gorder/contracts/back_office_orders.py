"""The back office's requests about orders, and its replies. Amounts are in minor units."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from gorder.contracts.base import Contract
from gorder.contracts.fields import OrderId, Person, StripeId, Words

MAX_LISTED = 100


class CloseOrderRequest(Contract):
    """Close an order in any status, with the reason in words. `by` says who asked."""

    command: Literal["close_order"]
    order_id: OrderId
    reason: Words
    by: Person


class RetryRefundRequest(Contract):
    """Make a refund by gorder again that has failed. `by` says who asked."""

    command: Literal["retry_refund"]
    order_id: OrderId
    by: Person


class ListUnmatchedPaymentsRequest(Contract):
    """List payments whose order was not stored, the last found first.

    `after` is the last payment of the page before.
    """

    command: Literal["list_unmatched_payments"]
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = MAX_LISTED
    after: StripeId | None = None


class ShowOrderRequest(Contract):
    """Show the whole story of an order."""

    command: Literal["show_order"]
    order_id: OrderId


OrderRequest = (
    CloseOrderRequest | RetryRefundRequest | ListUnmatchedPaymentsRequest | ShowOrderRequest
)


class OrderClosedBody(Contract):
    """The order as it is now, and what was done: as a code and in words.

    `refunded` is what was refunded of its payment, without failed refunds.
    """

    order_id: str
    status: str
    reason: str | None
    refunded: int
    currency: str
    outcome: str
    text: str


class RetriedRefundBody(Contract):
    """A payment of the order, the amount that was refunded again, and what was done."""

    payment: str
    amount: int
    currency: str
    outcome: str
    text: str


class RefundRetriedBody(Contract):
    """The order as it is now, and each of its payments."""

    order_id: str
    status: str
    payments: tuple[RetriedRefundBody, ...]


class UnmatchedPaymentBody(Contract):
    """A payment whose order was not stored when it arrived.

    `recorded` says whether it is recorded with its order now. `refunded` and `dispute` are as of
    the last report of the payment.
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


class UnmatchedPaymentsBody(Contract):
    """Payments, the last found first. `next` is the `after` of the next page, if there is one."""

    payments: tuple[UnmatchedPaymentBody, ...]
    next: str | None


class StoryLineBody(Contract):
    """What was ordered, at the price of the time when the order was placed."""

    product_id: str
    name: str
    quantity: int
    unit_amount: int
    amount: int
    price_id: str


class StoryStatusBody(Contract):
    """A status, and when the order reached it."""

    status: str
    at: AwareDatetime


class StoryCheckoutBody(Contract):
    """The attempt to make a payment page, its expiry, and Stripe's page once it is made."""

    attempt: int
    expires_at: AwareDatetime
    page: str | None
    refusal: str | None


class StoryRefundBody(Contract):
    """A refund. `status` is Stripe's; `by` is `gorder` or `stripe` (its dashboard)."""

    refund_id: str
    amount: int
    status: str
    reason: str
    by: str
    at: AwareDatetime


class StoryPaymentBody(Contract):
    """A payment as Stripe stated it last.

    `amount` is the price of the lines less `discount`, plus `added`, which is tax. `tax` is all tax
    in it. `pays` says whether it pays for the order; otherwise `refund_reason` says why it is
    refunded.
    """

    payment: str
    page: str
    amount: int
    discount: int
    tax: int
    added: int
    currency: str
    pays: bool
    refund_reason: str | None
    refund_due: int
    dispute: str | None
    lost: int
    refunds: tuple[StoryRefundBody, ...]


class StoryNoteBody(Contract):
    """A command of staff: who gave it, when, and why."""

    command: str
    by: str
    text: str
    at: AwareDatetime


class StoryEventBody(Contract):
    """An event that is still to be published."""

    event_id: str
    event_type: str
    occurred_at: AwareDatetime


class StoryMovementBody(Contract):
    """Units that the order has moved in the stock."""

    product_id: str
    kind: str
    quantity: int
    at: AwareDatetime


class OrderStoryBody(Contract):
    """Everything that is stored of an order."""

    order_id: str
    customer_id: str
    trace_id: str
    status: str
    reason: str | None
    placed_at: AwareDatetime
    currency: str
    amount_total: int
    lines: tuple[StoryLineBody, ...]
    history: tuple[StoryStatusBody, ...]
    checkout: StoryCheckoutBody
    payments: tuple[StoryPaymentBody, ...]
    notes: tuple[StoryNoteBody, ...]
    undelivered_events: tuple[StoryEventBody, ...]
    stock_movements: tuple[StoryMovementBody, ...]


OrderBody = OrderClosedBody | RefundRetriedBody | UnmatchedPaymentsBody | OrderStoryBody
