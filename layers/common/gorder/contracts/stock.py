"""What the order service asks of the stock service, and what it answers.

Carried by a synchronous Lambda invocation. An answer is a result or a refusal (a business fact);
a failure of the system is a failed invocation, never an answer.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from gorder.contracts.base import Message, describe_validation_error
from gorder.errors import DefectError, LaterReleaseError

# No space and no control character: MySQL ignores spaces at the end when it compares keys.
ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
OrderId = Annotated[str, Field(pattern=ID)]
ProductId = Annotated[str, Field(pattern=ID)]
Units = Annotated[int, Field(ge=1, le=1_000_000)]
VERSION: Final = 1  # a change that an earlier release cannot ignore has the next one


class Refusal(StrEnum):
    """Why the stock service says no. Each is the caller's concern; none is worth a retry."""

    UNKNOWN_PRODUCT = "unknown_product"
    INACTIVE_PRODUCT = "inactive_product"
    MIXED_CURRENCIES = "mixed_currencies"
    INSUFFICIENT_STOCK = "insufficient_stock"
    RESERVATION_NOT_FOUND = "reservation_not_found"
    RESERVATION_RELEASED = "reservation_released"
    RESERVATION_CONFIRMED = "reservation_confirmed"
    RESERVATION_DIFFERS = "reservation_differs"
    RESERVATION_NOT_OVERDUE = "reservation_not_overdue"


class Line(Message):
    """Units wanted of one product."""

    product_id: ProductId
    quantity: Units


class PricedLine(Message):
    """A line with the catalogue's name and price. `unit_amount` is in the currency's minor unit."""

    product_id: ProductId
    name: str
    quantity: Units
    unit_amount: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    price_id: str


class RefusedLine(Message):
    """One line that could not be served. `available` is None for a product nobody can order.

    `reason` says why nobody can, where that is known.
    """

    product_id: ProductId
    requested: Units
    available: Annotated[int, Field(ge=0)] | None = None
    reason: str | None = None


class HoldRequest(Message):
    """All lines of one order, to be held until `expires_at`: one product per line, all or none."""

    order_id: OrderId
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]
    expires_at: AwareDatetime


class BaseStockRequest(Message):
    """What every request carries. `trace_id` joins the logs of caller and callee."""

    version: Literal[1] = VERSION
    trace_id: str


class ReserveStock(BaseStockRequest):
    """Hold the lines of each order. Orders are served in the sequence given, each on its own."""

    operation: Literal["reserve"] = "reserve"
    holds: Annotated[tuple[HoldRequest, ...], Field(min_length=1, max_length=100)]


class ConfirmReservation(BaseStockRequest):
    """Turn an order's held units into sold ones."""

    operation: Literal["confirm"] = "confirm"
    order_id: OrderId


class ReleaseReservation(BaseStockRequest):
    """Give an order's held units back; with `overdue_at`, only if the hold had ended by then."""

    operation: Literal["release"] = "release"
    order_id: OrderId
    overdue_at: AwareDatetime | None = None


class OverdueReservations(BaseStockRequest):
    """Which orders have held units beyond their time? The oldest first."""

    operation: Literal["overdue"] = "overdue"
    before: AwareDatetime
    limit: Annotated[int, Field(ge=1, le=100)]


class ListMenu(BaseStockRequest):
    """What can be ordered now, by name."""

    operation: Literal["menu"] = "menu"


StockRequest = Annotated[
    ReserveStock | ConfirmReservation | ReleaseReservation | OverdueReservations | ListMenu,
    Field(discriminator="operation"),
]


class Refused(Message):
    """The stock service's no, and the lines it is about."""

    outcome: Literal["refused"] = "refused"
    order_id: OrderId
    refusal: Refusal
    lines: tuple[RefusedLine, ...] = ()


class Reserved(Message):
    """Every line of the order is held, at these prices."""

    outcome: Literal["reserved"] = "reserved"
    order_id: OrderId
    lines: tuple[PricedLine, ...]


class Settled(Message):
    """The reservation is confirmed or released, by this request or an earlier one."""

    outcome: Literal["confirmed", "released"]
    order_id: OrderId


class Availability(Message):
    """A product as it can be ordered now. `available` is a reading, not a promise."""

    product_id: ProductId
    name: str
    unit_amount: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern=r"^[a-z]{3}$")]
    active: bool
    available: Annotated[int, Field(ge=0)]


class Overdue(Message):
    """Orders whose holds have ended and were neither confirmed nor released."""

    order_ids: tuple[OrderId, ...]


class MenuListed(Message):
    """The active products, with what is available of each."""

    products: tuple[Availability, ...]


class StockReserved(Message):
    """One outcome per hold, in the sequence asked for."""

    outcomes: tuple[Annotated[Reserved | Refused, Field(discriminator="outcome")], ...]


class ReservationSettled(Message):
    """The answer to confirm and to release."""

    outcome: Annotated[Settled | Refused, Field(discriminator="outcome")]


_REQUEST: TypeAdapter[StockRequest] = TypeAdapter(StockRequest)
_OPERATIONS: Final = frozenset(
    request.model_fields["operation"].default for request in get_args(get_args(StockRequest)[0])
)


class MalformedRequestError(DefectError):
    """A message is no stock request. The text says where it is wrong and never what it holds."""

    code = "malformed_request"


class _Header(Message):
    """The part of a request that every release can read."""

    operation: str
    version: int = VERSION


def parse_request(body: str | bytes) -> StockRequest:
    """Read a request off the wire.

    Raises:
        LaterReleaseError: its operation or its version is one of a later release.
        MalformedRequestError: it is no request.
    """
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        _leave_to_later_release(body)
        raise MalformedRequestError(describe_validation_error(error)) from None


def _leave_to_later_release(body: str | bytes) -> None:
    try:
        header = _Header.model_validate_json(body)
    except ValidationError:
        return
    if header.operation not in _OPERATIONS or header.version > VERSION:
        raise LaterReleaseError(
            f"this release knows no {header.operation} of version {header.version}; ask again"
        )
