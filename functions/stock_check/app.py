"""The stock service, invoked synchronously by the order service."""

from gorder.bootstrap.stock_check import StockService, service
from gorder.contracts.stock import (
    ConfirmReservationRequest,
    HoldRequest,
    ListMenuRequest,
    ListMovementsRequest,
    MenuListed,
    MovementsListed,
    Overdue,
    OverdueReservationsRequest,
    ReleaseReservationRequest,
    ReservationSettled,
    ReserveStockRequest,
    ReturnUnitsRequest,
    StockRequest,
    StockReserved,
    WriteOffUnitsRequest,
    parse_request,
)
from gorder.runtime.invoke import invoked_function
from gorder.runtime.observability import telemetry
from gorder.stock import replies
from gorder.stock.commands.confirm_reservation import ConfirmReservation
from gorder.stock.commands.release_reservation import ReleaseReservation
from gorder.stock.commands.reserve_stock import ReserveStock
from gorder.stock.commands.return_units import ReturnUnits
from gorder.stock.commands.write_off_units import WriteOffUnits
from gorder.stock.model import Hold, Reservation, StockRefusal
from gorder.stock.queries.list_menu import ListMenu
from gorder.stock.queries.list_movements import ListMovements
from gorder.stock.queries.overdue_reservations import OverdueReservations

type SettleRequest = (
    ConfirmReservationRequest
    | ReleaseReservationRequest
    | ReturnUnitsRequest
    | WriteOffUnitsRequest
)


def answer(
    request: StockRequest, stock: StockService
) -> StockReserved | ReservationSettled | Overdue | MovementsListed | MenuListed:
    """Change reservations, or list overdue ones, the movements of an order, or the menu."""
    match request:
        case ReserveStockRequest():
            holds = [_hold(hold) for hold in request.holds]
            telemetry.bind(",".join(hold.order_id for hold in holds))
            return replies.stock_reserved(holds, stock.reserve(ReserveStock(holds)))
        case OverdueReservationsRequest(before=before, limit=limit):
            found = stock.overdue(OverdueReservations(before, limit))
            return Overdue(order_ids=tuple(found))
        case ListMovementsRequest(order_id=order_id):
            telemetry.bind(order_id)
            return replies.movements_listed(stock.movements(ListMovements(order_id)))
        case ListMenuRequest():
            return replies.menu_listed(stock.menu(ListMenu()))
        case _:
            telemetry.bind(request.order_id)
            return replies.reservation_settled(request.order_id, _settle(request, stock))


def _settle(request: SettleRequest, stock: StockService) -> Reservation | StockRefusal:
    match request:
        case ConfirmReservationRequest(order_id=order_id):
            return stock.confirm(ConfirmReservation(order_id))
        case ReleaseReservationRequest(order_id=order_id, overdue_at=overdue_at):
            return stock.release(ReleaseReservation(order_id, overdue_at))
        case ReturnUnitsRequest(order_id=order_id):
            return stock.return_units(ReturnUnits(order_id))
        case WriteOffUnitsRequest(order_id=order_id):
            return stock.write_off(WriteOffUnits(order_id))


def _hold(request: HoldRequest) -> Hold:
    quantities = {line.product_id: line.quantity for line in request.lines}
    return Hold(request.order_id, quantities, request.expires_at)


handler = invoked_function(parse_request, answer, service)
