"""The request and response bodies of the public HTTP API."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from gorder.constraints import (
    CURRENCY_PATTERN,
    MAX_CATEGORY_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_IMAGE_URL_LENGTH,
    MAX_LINES,
    MAX_UNITS_PER_LINE,
)
from gorder.contracts.base import Contract
from gorder.contracts.fields import CustomerId, ProductId
from gorder.contracts.notes import MAX_NOTE_LENGTH, Note
from gorder.currencies import MAX_AMOUNT


class OrderedItem(Contract):
    """Units of one product. Lines of the same product are added up, to at most 1000 units.

    `note` is kept with the units of its line.
    """

    id: ProductId
    quantity: Annotated[int, Field(ge=1, le=MAX_UNITS_PER_LINE)]
    note: Note | None = None


class CreateOrderBody(Contract):
    """The products to order, 1 to 50. `customer_id`, if given, must equal the one in the path."""

    customer_id: CustomerId | None = None
    items: Annotated[list[OrderedItem], Field(min_length=1)]


class OrderStatus(StrEnum):
    """The statuses of an order in this release."""

    PENDING = "pending"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    PAID = "paid"
    COOKING = "cooking"
    COOKED = "cooked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


# Bounds of a response are published and not enforced, so that an order saved by a later release,
# with a new status or a larger amount, can be read.
AnyStatus = Annotated[
    OrderStatus | str, Field(description="A later release may add a status: expect unknown ones.")
]
OrderAmount = Annotated[int, Field(json_schema_extra={"minimum": 0, "maximum": MAX_AMOUNT})]
NonNegative = Annotated[int, Field(json_schema_extra={"minimum": 0})]
Currency = Annotated[str, Field(json_schema_extra={"pattern": CURRENCY_PATTERN})]
RefundStatus = Annotated[
    str,
    Field(
        description="`due`, `pending`, `requires_action`, `succeeded`, `failed` or `canceled`: "
        "https://docs.stripe.com/api/refunds/object#refund_object-status"
    ),
]
RefundReason = Annotated[
    str,
    Field(
        description="`order_cancelled`, `order_expired`, `order_refunded`, `out_of_stock`, "
        "`second_payment`, `wrong_amount`, `closed_by_shop`, `refunded_by_shop`, or a reason "
        "of Stripe's. Empty if none was given."
    ),
]
OrderReason = Annotated[
    str,
    Field(
        description="`not_payable`: the payment service refuses to take a payment for this order, "
        "for example because a product is not sold at this price any more; order again. "
        "`no_page`: the payment service could not be reached in time; order again. "
        "`closed_by_shop`: the shop closed the order before it was paid; a payment that was under "
        "way is refunded. Nothing was taken otherwise, and nothing is held. A later release may "
        "add a reason: expect unknown ones."
    ),
]
PaymentLink = Annotated[str, Field(json_schema_extra={"format": "uri"})]
ProductDescription = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": MAX_DESCRIPTION_LENGTH},
        description="One line of plain text.",
    ),
]
ProductCategory = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": MAX_CATEGORY_LENGTH}, description="One line of plain text."
    ),
]
ImageUrl = Annotated[
    str, Field(json_schema_extra={"format": "uri", "maxLength": MAX_IMAGE_URL_LENGTH})
]


OrderedUnits = Annotated[
    int, Field(json_schema_extra={"minimum": 1, "maximum": MAX_UNITS_PER_LINE})
]


class LineNoteBody(Contract):
    """The customer's note on some units of a line."""

    quantity: OrderedUnits
    text: Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_NOTE_LENGTH})]


class ItemBody(Contract):
    """A line of an order. `unit_amount` is in the currency's minor unit.

    `notes` has the customer's notes. Units without one are not in it.
    """

    id: str
    name: str
    quantity: OrderedUnits
    unit_amount: OrderAmount
    price_id: str
    notes: list[LineNoteBody]


Items = Annotated[list[ItemBody], Field(json_schema_extra={"maxItems": MAX_LINES})]


class StatusChangeBody(Contract):
    """A status of an order, and when the order reached it."""

    status: AnyStatus
    at: AwareDatetime


class RefundBody(Contract):
    """A refund, or one that is due. `amount` is in the currency's minor unit.

    `status` is `due` before it is made; then it is Stripe's. `reason` says why the order's payment
    was refunded.
    """

    amount: OrderAmount
    status: RefundStatus
    reason: RefundReason
    at: AwareDatetime | None = None


class PaymentBody(Contract):
    """What was paid for an order. Amounts are in the currency's minor unit.

    `amount` is the order's `amount_total` without `discount`, and with the tax that the prices do
    not include. `tax` is all tax in `amount`.
    """

    amount: OrderAmount
    discount: NonNegative
    tax: NonNegative


class PlacedOrderBody(Contract):
    """The order as placed. `access_token` allows its holder to read and cancel it."""

    order_id: str
    customer_id: str
    status: AnyStatus
    items: Items
    amount_total: OrderAmount
    currency: Currency
    access_token: str


class OrderBody(Contract):
    """An order. `payment_link` and `pay_until` are present while it can be paid.

    `number` is the short number to call out: present once it is paid, and again given to another
    order after 900 orders.
    `payment` is present once it is paid, if there was a discount or tax. `reason` is present if the
    shop closed it, and says why.
    """

    order_id: str
    customer_id: str
    status: AnyStatus
    items: Items
    amount_total: OrderAmount
    currency: Currency
    number: Annotated[int, Field(json_schema_extra={"minimum": 100, "maximum": 999})] | None = None
    payment_link: PaymentLink | None = None
    pay_until: AwareDatetime | None = None
    history: list[StatusChangeBody]
    payment: PaymentBody | None = None
    refunds: list[RefundBody]
    reason: OrderReason | None = None


class MenuItemBody(Contract):
    """A product. `available` is its stock now; only an order holds units.

    `paused` is present while the shop does not sell the product for a time: `available` is 0 then.
    """

    id: str
    name: str
    unit_amount: NonNegative
    currency: Currency
    available: NonNegative
    description: ProductDescription | None = None
    image: ImageUrl | None = None
    category: ProductCategory | None = None
    paused: Literal[True] | None = None


class MenuBody(Contract):
    """The products that can be ordered, and those that are paused: at most 500.

    They are in the sequence in which the shop shows them, and so are their categories: each has the
    place of its first product. `paused` is true while the whole shop takes no orders.
    """

    paused: bool
    items: list[MenuItemBody]


class WebhookBody(Contract):
    """The acknowledgement of a Stripe event."""

    received: bool = True
