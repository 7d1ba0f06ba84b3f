"""The stock service, invoked synchronously by the order service."""

from gorder.bootstrap.stock_check import StockService, service
from gorder.contracts.stock import (
    ConfirmReservationRequest,
    HoldRequest,
    ListMenuRequest,
    MenuListed,
    Overdue,
    OverdueReservationsRequest,
    ReleaseReservationRequest,
    ReservationSettled,
    ReserveStockRequest,
    StockRequest,
    StockReserved,
    parse_request,
)
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry
from gorder.stock import replies
from gorder.stock.commands.confirm_reservation import ConfirmReservation
from gorder.stock.commands.release_reservation import ReleaseReservation
from gorder.stock.commands.reserve_stock import ReserveStock
from gorder.stock.model import Hold
from gorder.stock.queries.list_menu import ListMenu
from gorder.stock.queries.overdue_reservations import OverdueReservations


def answer(
    request: StockRequest, stock: StockService
) -> StockReserved | ReservationSettled | Overdue | MenuListed:
    """Reserve, confirm, release, or list overdue reservations or the menu."""
    match request:
        case ReserveStockRequest():
            holds = [_hold(hold) for hold in request.holds]
            telemetry.bind(",".join(hold.order_id for hold in holds))
            return replies.stock_reserved(holds, stock.reserve(ReserveStock(holds)))
        case ConfirmReservationRequest(order_id=order_id):
            telemetry.bind(order_id)
            confirmed = stock.confirm(ConfirmReservation(order_id))
            return replies.reservation_settled(order_id, confirmed)
        case ReleaseReservationRequest(order_id=order_id, overdue_at=overdue_at):
            telemetry.bind(order_id)
            released = stock.release(ReleaseReservation(order_id, overdue_at))
            return replies.reservation_settled(order_id, released)
        case OverdueReservationsRequest(before=before, limit=limit):
            found = stock.overdue(OverdueReservations(before, limit))
            return Overdue(order_ids=tuple(found))
        case ListMenuRequest():
            return replies.menu_listed(stock.menu(ListMenu()))


def _hold(request: HoldRequest) -> Hold:
    quantities = {line.product_id: line.quantity for line in request.lines}
    return Hold(request.order_id, quantities, request.expires_at)


handler = invoked_function(parse_request, answer, service)
