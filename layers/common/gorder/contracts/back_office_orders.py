"""The back office's requests about orders, and its replies. Amounts are in minor units."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from gorder.constraints import MAX_INTEGER
from gorder.contracts.back_office_payments import UnmatchedPaymentsBody
from gorder.contracts.back_office_stories import ExportedOrderBody, OrderStoryBody
from gorder.contracts.base import Contract
from gorder.contracts.fields import CustomerId, Moment, OrderId, Person, StripeId, Words

MAX_LISTED = 100
MAX_EXPORTED = 50

OrderStatus = Literal[
    "pending",
    "waiting_for_payment",
    "paid",
    "cooking",
    "cooked",
    "cancelled",
    "expired",
    "refunded",
]
Amount = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
RefundedAmount = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


class CloseOrderRequest(Contract):
    """Close an order in any status, with the reason in words. `by` says who asked.

    `dry_run`: change nothing, and answer what would be done.
    """

    command: Literal["close_order"]
    order_id: OrderId
    reason: Words
    by: Person
    dry_run: bool = False


class RefundOrderRequest(Contract):
    """Refund a part or the rest of the payment of a paid order, with the reason in words.

    `amount` is in minor units; without it, all that is left is refunded, and the order ends.
    `refunded_before` is what who asks believes to be refunded already; an amount needs it, so that
    a repeated request refunds once. `dry_run`: change nothing, and answer what would be done.
    """

    command: Literal["refund_order"]
    order_id: OrderId
    reason: Words
    by: Person
    amount: Amount | None = None
    refunded_before: RefundedAmount | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _says_what_is_refunded(self) -> "RefundOrderRequest":
        if self.amount is not None and self.refunded_before is None:
            raise PydanticCustomError(
                "refunded_before_missing", "refunded_before: is required with an amount"
            )
        return self


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


class ListOrdersRequest(Contract):
    """List orders, newest first; those for which all filters hold that are set.

    `placed_from` is the first moment, and `placed_until` the first one that is too late. `stuck`:
    only orders that need a look. `after` is the last order of the page before.
    """

    command: Literal["list_orders"]
    status: Annotated[tuple[OrderStatus, ...], Field(min_length=1, max_length=8)] | None = None
    placed_from: Moment | None = None
    placed_until: Moment | None = None
    customer_id: CustomerId | None = None
    stuck: bool = False
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = MAX_LISTED
    after: OrderId | None = None


class ExportOrdersRequest(Contract):
    """Return whole orders, oldest first. `after` is the last order of the page before."""

    command: Literal["export_orders"]
    placed_from: Moment | None = None
    placed_until: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_EXPORTED)] = MAX_EXPORTED
    after: OrderId | None = None


class ForgetCustomerRequest(Contract):
    """Remove a customer from the orders that have ended. `by` says who asked.

    A request looks at a hundred orders at most; `after` is the `next` of the one before. `dry_run`:
    change nothing, and answer what would be done.
    """

    command: Literal["forget_customer"]
    customer_id: CustomerId
    reason: Words
    by: Person
    after: OrderId | None = None
    dry_run: bool = False


OrderRequest = (
    CloseOrderRequest
    | RefundOrderRequest
    | RetryRefundRequest
    | ListUnmatchedPaymentsRequest
    | ShowOrderRequest
    | ListOrdersRequest
    | ExportOrdersRequest
    | ForgetCustomerRequest
)


class OrderClosedBody(Contract):
    """The order as it is now, and what was done or would be: as a code and in words.

    `refunded` is what was refunded of its payment, without failed refunds, and `left` what the shop
    has of it: in a dry run, what would be refunded.
    """

    order_id: str
    status: str
    reason: str | None
    refunded: int
    left: int
    currency: str
    outcome: str
    text: str


class OrderRefundedBody(Contract):
    """The order as it is now, and what was done or would be: as a code and in words.

    `amount` is what this request has refunded or would refund. `refunded` is what is refunded of
    the payment now, without failed refunds, and `left` what the shop has of it.
    """

    order_id: str
    status: str
    reason: str | None
    payment: str
    amount: int
    refunded: int
    left: int
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


class ListedLineBody(Contract):
    """What was ordered."""

    name: str
    quantity: int


class ListedOrderBody(Contract):
    """An order in a list.

    `amount_total` and `refunded` are in minor units. `stuck` says why the order needs a look. If
    its document cannot be read, `status` is `unreadable`, and `unreadable` names the fields.
    """

    order_id: str
    number: int | None = None
    customer_id: str | None
    status: str
    reason: str | None
    placed_at: AwareDatetime | None
    amount_total: int | None
    currency: str | None
    refunded: int | None
    units: int | None
    lines: tuple[ListedLineBody, ...]
    stuck: str | None
    unreadable: str | None


class OrdersListedBody(Contract):
    """Orders, newest first. `next` is the `after` of the next page, if there is one."""

    orders: tuple[ListedOrderBody, ...]
    next: str | None


class UnreadableOrderBody(Contract):
    """An order whose document cannot be read; `unreadable` names the fields."""

    order_id: str
    status: Literal["unreadable"] = "unreadable"
    unreadable: str


class OrdersExportedBody(Contract):
    """Orders, oldest first. `next` is the `after` of the next page, if there is one.

    A page has fewer orders than asked for if they are large.
    """

    orders: tuple[ExportedOrderBody | UnreadableOrderBody, ...]
    next: str | None


class LeftOrderBody(Contract):
    """An order of which the customer is still known, and why."""

    order_id: str
    text: str


class CustomerForgottenBody(Contract):
    """From how many orders the customer was removed or would be, and which are left.

    `next` is the `after` of the request that goes on, if there are more orders.
    """

    forgotten: int
    left: tuple[LeftOrderBody, ...]
    next: str | None


OrderBody = (
    OrderClosedBody
    | OrderRefundedBody
    | RefundRetriedBody
    | UnmatchedPaymentsBody
    | OrderStoryBody
    | OrdersListedBody
    | OrdersExportedBody
    | CustomerForgottenBody
)
