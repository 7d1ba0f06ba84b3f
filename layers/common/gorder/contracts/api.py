"""The request and response bodies of the public HTTP API, and how a request body is read."""

import json
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Never, override

from pydantic import AwareDatetime, Field, ValidationError

from gorder.constraints import (
    CURRENCY_PATTERN,
    MAX_CATEGORY_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_IMAGE_URL_LENGTH,
    MAX_LINES,
    MAX_UNITS_PER_LINE,
)
from gorder.contracts.base import MAX_FAULTS, Contract, field_path
from gorder.contracts.fields import CustomerId, ProductId
from gorder.contracts.notes import MAX_NOTE_LENGTH, Note
from gorder.currencies import MAX_AMOUNT
from gorder.errors import BusinessError

MAX_BODY_BYTES = 64 * 1024
_PROBLEMS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "model_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be an integer",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_short": "must have at least {min_length} entry",
    "note_length": "must have 1 to {max_length} characters",
    "note_characters": "must be one line without control characters",
    "note_blank": "must have a visible character",
}


class InvalidBody(BusinessError):
    """The request body does not fit its schema. `errors` lists each field and its problem."""

    status = 422
    code = "invalid_body"

    def __init__(self, errors: Iterable[dict[str, str]]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{e['field']}: {e['problem']}" for e in self.errors))

    @override
    def members(self) -> Mapping[str, object]:
        return {"errors": self.errors}


class MalformedJson(BusinessError):
    """The request body is not a JSON document in UTF-8."""

    status = 400
    code = "malformed_json"


class BodyTooLarge(BusinessError):
    """The request body has more than 64 KiB, or that of a webhook more than 256 KiB."""

    status = 413
    code = "body_too_large"


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


def read_body[B: Contract](model: type[B], body: bytes) -> B:
    """Read a JSON request body strictly.

    Raises:
        BodyTooLarge: the body has more than 64 KiB.
        MalformedJson: the body is not JSON, or not UTF-8.
        InvalidBody: the JSON does not fit the model.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body has {len(body)} bytes; at most {MAX_BODY_BYTES} are allowed.")
    try:
        return model.model_validate(parse_json(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)[:MAX_FAULTS]
        raise InvalidBody(
            {
                "field": field_path(fault["loc"]) or "body",
                "problem": _problem(fault["type"], fault.get("ctx")),
            }
            for fault in faults
        ) from None


def parse_json(body: bytes) -> object:
    """Parse JSON as RFC 8259 defines it; pydantic's parser accepts NaN and repeated names.

    Raises:
        MalformedJson: the body is not JSON, or not UTF-8.
        InvalidBody: an object has a name twice.
    """
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_unique_names,
            parse_constant=_refuse_constant,
            parse_int=_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not JSON: byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedJson(f"The body is not JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise MalformedJson("The body is not JSON that can be read: nested too deeply.") from None


def _number(text: str) -> int | float:
    """Read a number. 2, 2.0 and 2e0 are the same integer, as in JSON Schema.

    A number beyond the range of a double becomes the largest one, which no field allows either.
    """
    number = max(-sys.float_info.max, min(float(text), sys.float_info.max))
    return int(number) if number.is_integer() else number


def _unique_names(members: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in members:
        if name in found:
            raise InvalidBody([{"field": field_path([name]), "problem": "is given more than once"}])
        found[name] = value
    return found


def _refuse_constant(name: str) -> Never:
    raise MalformedJson(f"The body is not JSON: {name} is not a JSON number.")


def _problem(fault: str, context: Mapping[str, Any] | None) -> str:
    """Describe a validation fault in words that do not depend on pydantic's version."""
    return _PROBLEMS.get(fault, "is not valid").format_map(context or {})
