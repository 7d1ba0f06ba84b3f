"""Errors of the stock service, and its refusals of an order's lines."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, override

from gorder.errors import BusinessError, DefectError, TransientError

if TYPE_CHECKING:  # pydantic would build this class in functions that do not call stock
    from gorder.contracts.stock import RefusedLine


class StockUnavailableError(TransientError):
    """The stock service did not answer."""

    code = "stock_unavailable"


class ReservationDiffersError(DefectError):
    """The order id has a reservation of other lines."""

    code = "reservation_differs"


class ReservationReleasedError(DefectError):
    """The reservation of the order id was released."""

    code = "reservation_released"


class ReservationLostError(DefectError):
    """The units of the order cannot be sold to it, because they are gone."""

    code = "reservation_lost"


class ReservationMissingError(DefectError):
    """The order has no reservation. It was reserved before it was saved, so stock was lost."""

    code = "reservation_missing"


class StockRefused(BusinessError):
    """The stock service refuses these lines."""

    reason: str

    def __init__(self, lines: "tuple[RefusedLine, ...]") -> None:
        named = ", ".join(_named(line) for line in lines)
        super().__init__(f"{self.reason}: {named}." if named else f"{self.reason}.")
        self.lines = lines

    @override
    def members(self) -> Mapping[str, object]:
        return {
            "items": [
                line.model_dump(exclude=None if line.reason else {"reason"}) for line in self.lines
            ]
        }


class UnknownProduct(StockRefused):
    """The catalogue does not have the product."""

    status = 422
    code = "unknown_product"

    reason = "There is no such product"


class InactiveProduct(StockRefused):
    """The product is not for sale."""

    status = 422
    code = "inactive_product"

    reason = "Not for sale at present"


class MixedCurrencies(StockRefused):
    """The products have several currencies, so that one payment cannot cover them."""

    status = 422
    code = "mixed_currencies"

    reason = "The products of one order have one currency"


class InsufficientStock(StockRefused):
    """Fewer units are available than wanted. Nothing is held."""

    status = 409
    code = "insufficient_stock"

    reason = "Not enough in stock"


class TooManyUnpaidOrders(StockRefused):
    """The client has as many unpaid orders as one client may have. Nothing is held."""

    status = 409
    code = "too_many_unpaid_orders"

    reason = (
        "There are too many unpaid orders of this customer, or from this address: pay or cancel "
        "one, or wait until it expires"
    )


class ShareExceeded(StockRefused):
    """The client would hold more of a product than one client may hold. Nothing is held.

    `available` is what the client can hold beside what it holds already.
    """

    status = 409
    code = "share_exceeded"

    reason = "More than one client can hold at a time"


def _named(line: "RefusedLine") -> str:
    if line.available is None:
        return f"{line.product_id} ({line.reason})" if line.reason else line.product_id
    return f"{line.product_id} ({line.requested} wanted, {line.available} available)"
