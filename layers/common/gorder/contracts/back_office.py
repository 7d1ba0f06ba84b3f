"""The requests that the back office answers, and its replies."""

from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from gorder.constraints import ID_FORM, MAX_UNITS, MAX_WORDS_LENGTH, RECEIPT_ID_FORM
from gorder.contracts.back_office_orders import (
    MAX_LISTED,
    CloseOrderRequest,
    ListUnmatchedPaymentsRequest,
    RetryRefundRequest,
    ShowOrderRequest,
)
from gorder.contracts.base import MAX_FAULTS, Contract, field_path
from gorder.contracts.fields import Person, ProductId, ReceiptId, Units
from gorder.errors import BusinessError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class SyncCatalogueRequest(Contract):
    """Copy every product and price from Stripe. `by` says who asked."""

    command: Literal["sync_catalogue"]
    by: Person | None = None


class ReceiveStockRequest(Contract):
    """Book units that were delivered. A receipt books a product once. `by` says who asked."""

    command: Literal["receive_stock"]
    receipt_id: ReceiptId
    product_id: ProductId
    quantity: Units
    by: Person | None = None


class ShowStockRequest(Contract):
    """List every product and its units."""

    command: Literal["show_stock"]


class ShowHoldsRequest(Contract):
    """List the hundred largest holds of unpaid orders."""

    command: Literal["show_holds"]


BackOfficeRequest = (
    SyncCatalogueRequest
    | ReceiveStockRequest
    | ShowStockRequest
    | ShowHoldsRequest
    | CloseOrderRequest
    | RetryRefundRequest
    | ListUnmatchedPaymentsRequest
    | ShowOrderRequest
)


class UnusableProductBody(Contract):
    """A product that Stripe calls active and that cannot be ordered, with the reason."""

    product_id: str
    name: str
    reason: str


class CatalogueSyncedBody(Contract):
    """The number of products, the ids of those changed, and those that cannot be ordered.

    `ignored` is the number of products of other shops of the Stripe account.
    """

    total: int
    changed: tuple[str, ...]
    unusable: tuple[UnusableProductBody, ...]
    ignored: int


class StockReceivedBody(Contract):
    """True if the units were booked now, False if the receipt had booked them before."""

    booked: bool


class StockLevelBody(Contract):
    """A product and its units. `unit_amount` is in minor units, None without a price.

    `unusable` says why a product that Stripe calls active cannot be ordered: for example, because
    it is another shop's.
    """

    product_id: str
    name: str
    unit_amount: int | None
    currency: str | None
    active: bool
    unusable: str | None
    on_hand: int
    held: int


class StockShownBody(Contract):
    """Every product, by id."""

    products: tuple[StockLevelBody, ...]


class HoldBody(Contract):
    """The units that an unpaid order holds. `client_address` is a hash, which changes daily."""

    order_id: str
    client_address: str | None
    units: int
    held_until: AwareDatetime


class HoldsShownBody(Contract):
    """The holds with the most units, largest first."""

    holds: tuple[HoldBody, ...]


_REQUEST: TypeAdapter[BackOfficeRequest] = TypeAdapter(
    Annotated[BackOfficeRequest, Field(discriminator="command")]
)
_COMMANDS = ", ".join(
    get_args(request.model_fields["command"].annotation)[0]
    for request in get_args(BackOfficeRequest)
)
_MUST: Final = {
    "quantity": f"must be a whole number from 1 to {MAX_UNITS}",
    "receipt_id": f"must be {RECEIPT_ID_FORM}",
    "product_id": f"must be {ID_FORM}",
    "order_id": f"must be {ID_FORM}",
    "reason": f"must be 1 to {MAX_WORDS_LENGTH} visible characters on one line, without a space "
    "at either end",
    "limit": f"must be a whole number from 1 to {MAX_LISTED}",
    "after": "must be Stripe's id of a payment, which begins with pi_ or cs_",
    "by": "must be 1 to 128 ASCII characters without a space at either end",
}


class InvalidRequest(BusinessError):
    """A back office request names no command, or a field is missing or wrong."""

    status = 400
    code = "invalid_request"


def parse_request(body: str) -> BackOfficeRequest:
    """Parse a request.

    Raises:
        InvalidRequest: the body is not a request. The text names up to 20 wrong fields, each with
            its bound.
    """
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:MAX_FAULTS]
        problems = "; ".join(map(_describe, faults))
        raise InvalidRequest(f"Invalid back office request: {problems}") from None


def _describe(error: "ErrorDetails") -> str:
    match error["type"]:
        case "json_invalid":
            return "request: is not JSON that can be read"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"command: must be one of {_COMMANDS}"
    if not error["loc"]:
        return "request: must be a JSON object"
    field = field_path(error["loc"][1:])  # the first one is the command
    match error["type"]:
        case "missing":
            return f"{field}: is required"
        case "extra_forbidden":
            return f"{field}: is not a known field"
        case _:
            return f"{field}: {_MUST[field]}"
