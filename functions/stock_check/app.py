"""The stock service, invoked synchronously by the order service."""

from collections.abc import Sequence

from gorder.bootstrap.stock_check import StockService, service
from gorder.contracts.stock import (
    ClientIds,
    ConfirmReservationRequest,
    HoldRequest,
    HoldsMeasured,
    ListMenuRequest,
    ListMovementsRequest,
    MeasureHoldsRequest,
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
from gorder.stock.claims import Client
from gorder.stock.commands.confirm_reservation import ConfirmReservation
from gorder.stock.commands.release_reservation import ReleaseReservation
from gorder.stock.commands.reserve_for_client import ReserveForClient
from gorder.stock.commands.reserve_stock import ReserveStock
from gorder.stock.commands.return_units import ReturnUnits
from gorder.stock.commands.write_off_units import WriteOffUnits
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import Outcomes
from gorder.stock.queries.list_menu import ListMenu
from gorder.stock.queries.list_movements import ListMovements
from gorder.stock.queries.measure_holds import MeasureHolds
from gorder.stock.queries.overdue_reservations import OverdueReservations
from gorder.stock.refusals import StockRefusal

type SettleRequest = (
    ConfirmReservationRequest
    | ReleaseReservationRequest
    | ReturnUnitsRequest
    | WriteOffUnitsRequest
)


def answer(
    request: StockRequest, stock: StockService
) -> StockReserved | ReservationSettled | Overdue | MovementsListed | MenuListed | HoldsMeasured:
    """Change or measure reservations, or list overdue ones, an order's movements, or the menu."""
    match request:
        case ReserveStockRequest(client=client):
            holds = [_hold(hold) for hold in request.holds]
            telemetry.bind(",".join(hold.order_id for hold in holds))
            return replies.stock_reserved(holds, _reserve(holds, client, stock))
        case OverdueReservationsRequest(before=before, limit=limit):
            found = stock.overdue(OverdueReservations(before, limit))
            return Overdue(order_ids=tuple(found))
        case ListMovementsRequest(order_id=order_id):
            telemetry.bind(order_id)
            moved = stock.movements(ListMovements(order_id))
            return replies.movements_listed(moved.movements, moved.reservation)
        case ListMenuRequest():
            return replies.menu_listed(stock.menu(ListMenu()))
        case MeasureHoldsRequest():
            return HoldsMeasured(held_percent=stock.measure_holds(MeasureHolds()))
        case _:
            telemetry.bind(request.order_id)
            return replies.reservation_settled(request.order_id, _settle(request, stock))


def _reserve(holds: Sequence[Hold], client: ClientIds | None, stock: StockService) -> Outcomes:
    if client is None:
        return stock.reserve(ReserveStock(holds))
    return stock.reserve_for_client(
        ReserveForClient(Client(client.address, client.customer), holds)
    )


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
