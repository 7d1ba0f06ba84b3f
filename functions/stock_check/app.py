"""The stock service, invoked and waited for by the order service."""

from gorder.bootstrap.stock_check import StockService, service
from gorder.contracts.stock import (
    ConfirmReservation,
    ListMenu,
    MenuListed,
    Overdue,
    OverdueReservations,
    ReleaseReservation,
    ReservationSettled,
    ReserveStock,
    StockRequest,
    StockReserved,
    parse_request,
)
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry


def answer(
    request: StockRequest, stock: StockService
) -> StockReserved | ReservationSettled | Overdue | MenuListed:
    """Reserve, confirm, release, or list what is overdue or on the menu."""
    match request:
        case ReserveStock():
            telemetry.bind(",".join(hold.order_id for hold in request.holds))
            return stock.reserve(request)
        case ConfirmReservation():
            telemetry.bind(request.order_id)
            return stock.confirm(request)
        case ReleaseReservation():
            telemetry.bind(request.order_id)
            return stock.release(request)
        case OverdueReservations():
            return stock.overdue(request)
        case ListMenu():
            return stock.menu(request)


handler = invoked_function(parse_request, answer, service)
