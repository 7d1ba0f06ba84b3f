"""The requests that the stock service answers, and its replies.

Carried by a synchronous Lambda invocation. A reply is a result or a refusal, which is a business
fact. A failure of the system fails the invocation and is never a reply.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from gorder.constraints import MAX_LINES
from gorder.contracts.base import Message, describe_validation_error, is_later_version
from gorder.contracts.fields import (
    ClientHash,
    Currency,
    MinorUnits,
    Moment,
    OrderId,
    ProductId,
    Units,
)
from gorder.errors import DefectError, LaterReleaseError

VERSION: Final = 1  # a change that an earlier release cannot ignore has the next one


class Refusal(StrEnum):
    """Why the stock service refuses a request.

    Sending it again gets the same answer, unless units have become available meanwhile.
    """

    UNKNOWN_PRODUCT = "unknown_product"
    INACTIVE_PRODUCT = "inactive_product"
    MIXED_CURRENCIES = "mixed_currencies"
    INSUFFICIENT_STOCK = "insufficient_stock"
    RESERVATION_NOT_FOUND = "reservation_not_found"
    RESERVATION_RELEASED = "reservation_released"
    RESERVATION_CONFIRMED = "reservation_confirmed"
    RESERVATION_DIFFERS = "reservation_differs"
    RESERVATION_NOT_OVERDUE = "reservation_not_overdue"
    RESERVATION_RETURNED = "reservation_returned"
    TOO_MANY_UNPAID_ORDERS = "too_many_unpaid_orders"
    SHARE_EXCEEDED = "share_exceeded"


class LineRequest(Message):
    """A product and the units to hold of it."""

    product_id: ProductId
    quantity: Units


class PricedLine(Message):
    """A line with the catalogue's name and price. `unit_amount` is in the currency's minor unit."""

    product_id: ProductId
    name: str
    quantity: Units
    unit_amount: MinorUnits
    currency: Currency
    price_id: str


class RefusedLine(Message):
    """A line that could not be held. `available` is None for a product that cannot be ordered.

    `reason` says why it cannot be ordered, where that is known.
    """

    product_id: ProductId
    requested: Units
    available: Annotated[int, Field(ge=0)] | None = None
    reason: str | None = None


class HoldRequest(Message):
    """The lines of one order, to be held until `expires_at`: all of them or none."""

    order_id: OrderId
    lines: Annotated[tuple[LineRequest, ...], Field(min_length=1, max_length=MAX_LINES)]
    expires_at: Moment

    @field_validator("lines")
    @classmethod
    def _has_one_line_per_product(cls, lines: tuple[LineRequest, ...]) -> tuple[LineRequest, ...]:
        if len({line.product_id for line in lines}) < len(lines):
            raise PydanticCustomError("repeated_product", "A hold has one line per product")
        return lines


class ClientIds(Message):
    """Hashes of a client's address, and of the customer at that address. They change every day."""

    address: ClientHash
    customer: ClientHash


class BaseRequest(Message):
    """The fields of every request. `trace_id` joins the logs of caller and callee."""

    version: Literal[1] = VERSION
    trace_id: str


class ReserveStockRequest(BaseRequest):
    """Hold the lines of each order. Orders are served in the given sequence, each independently.

    New orders of a `client` are held within the limits of one client.
    """

    operation: Literal["reserve"] = "reserve"
    holds: Annotated[tuple[HoldRequest, ...], Field(min_length=1, max_length=100)]
    client: ClientIds | None = None


class ConfirmReservationRequest(BaseRequest):
    """Sell the units that an order holds. Released units are taken again: all of them or none."""

    operation: Literal["confirm"] = "confirm"
    order_id: OrderId


class ReleaseReservationRequest(BaseRequest):
    """Free the units that an order holds; with `overdue_at`, only if the hold had ended by then."""

    operation: Literal["release"] = "release"
    order_id: OrderId
    overdue_at: Moment | None = None


class ReturnUnitsRequest(BaseRequest):
    """Put the units of a refunded order back on sale: release a hold, return what is sold."""

    operation: Literal["return"] = "return"
    order_id: OrderId


class WriteOffUnitsRequest(BaseRequest):
    """Book the units of a refunded order as waste, because they were used."""

    operation: Literal["write_off"] = "write_off"
    order_id: OrderId


class OverdueReservationsRequest(BaseRequest):
    """List the orders that hold units beyond their time, the longest overdue first."""

    operation: Literal["overdue"] = "overdue"
    before: Moment
    limit: Annotated[int, Field(ge=1, le=100)]


class ListMovementsRequest(BaseRequest):
    """List the units that an order has moved, oldest first, and show its reservation."""

    operation: Literal["movements"] = "movements"
    order_id: OrderId


class ListMenuRequest(BaseRequest):
    """List the products that can be ordered now, and those that are paused."""

    operation: Literal["menu"] = "menu"


class MeasureHoldsRequest(BaseRequest):
    """Measure the share of the stock that unpaid orders hold."""

    operation: Literal["measure_holds"] = "measure_holds"


StockRequest = Annotated[
    ReserveStockRequest
    | ConfirmReservationRequest
    | ReleaseReservationRequest
    | ReturnUnitsRequest
    | WriteOffUnitsRequest
    | OverdueReservationsRequest
    | ListMovementsRequest
    | ListMenuRequest
    | MeasureHoldsRequest,
    Field(discriminator="operation"),
]


class Refused(Message):
    """The request is refused because of `lines`, if it names any."""

    outcome: Literal["refused"] = "refused"
    order_id: OrderId
    refusal: Refusal
    lines: tuple[RefusedLine, ...] = ()


class Reserved(Message):
    """Every line of the order is held at these prices."""

    outcome: Literal["reserved"] = "reserved"
    order_id: OrderId
    lines: tuple[PricedLine, ...]


SettledState = Literal["confirmed", "released", "returned", "wasted"]


class Settled(Message):
    """The state of the reservation, which this request has set or an earlier one."""

    outcome: SettledState
    order_id: OrderId


class Availability(Message):
    """A product and its available units when they were read: nothing is held.

    A paused one has none available, because an earlier release does not know `paused`.
    """

    product_id: ProductId
    name: str
    unit_amount: MinorUnits
    currency: Currency
    active: bool
    available: Annotated[int, Field(ge=0)]
    description: str | None = None
    image: str | None = None
    category: str | None = None
    paused: bool = False


class Overdue(Message):
    """Orders whose holds have ended and were neither confirmed nor released."""

    order_ids: tuple[OrderId, ...]


class MovedUnits(Message):
    """Units that an order has moved, and when. A later release may add a kind.

    `by` and `reason` are set if staff asked for it. An earlier release does not tell them.
    """

    product_id: ProductId
    kind: str
    quantity: Units
    occurred_at: Moment
    by: str | None = None
    reason: str | None = None


class ReservedUnits(Message):
    """Units that a reservation has of a product."""

    product_id: ProductId
    quantity: Units


class ReservationShown(Message):
    """The reservation of an order. A later release may add a state."""

    state: str
    held_until: Moment
    lines: tuple[ReservedUnits, ...]


class MovementsListed(Message):
    """What an order has moved, oldest first, and its reservation, if it has one.

    An earlier release does not tell the reservation.
    """

    movements: tuple[MovedUnits, ...]
    reservation: ReservationShown | None = None


class MenuListed(Message):
    """The products of the menu with their available units. `paused` is the whole shop.

    An earlier release lists no paused product and omits `paused`.
    """

    products: tuple[Availability, ...]
    paused: bool = False


class HoldsMeasured(Message):
    """The largest share of a product's units that unpaid orders hold, in percent."""

    held_percent: float


class StockReserved(Message):
    """One outcome per hold, in the sequence of the request."""

    outcomes: tuple[Annotated[Reserved | Refused, Field(discriminator="outcome")], ...]


class ReservationSettled(Message):
    """The reply to a confirmation, a release, a return and a write-off."""

    outcome: Annotated[Settled | Refused, Field(discriminator="outcome")]


_REQUEST: TypeAdapter[StockRequest] = TypeAdapter(StockRequest)
_OPERATIONS: Final = frozenset(
    request.model_fields["operation"].default for request in get_args(get_args(StockRequest)[0])
)


class MalformedRequestError(DefectError):
    """A message is not a stock request. The text names fields and shows no values."""

    code = "malformed_request"


class _RequestHeader(Message):
    """The part of a request that every release can read."""

    operation: str
    version: object = VERSION


def parse_request(body: str | bytes) -> StockRequest:
    """Parse a request.

    Raises:
        LaterReleaseError: its operation or its version is one of a later release.
        MalformedRequestError: it is not a request.
    """
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        _leave_to_later_release(body)
        raise MalformedRequestError(describe_validation_error(error)) from None


def _leave_to_later_release(body: str | bytes) -> None:
    try:
        header = _RequestHeader.model_validate_json(body)
    except ValidationError:
        return
    if header.operation not in _OPERATIONS or is_later_version(header.version, VERSION):
        raise LaterReleaseError(
            f"this release does not know the operation {header.operation}, version "
            f"{str(header.version)[:20]}; try again"
        )
