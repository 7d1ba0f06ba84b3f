"""Build the stock_check function."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from gorder.bootstrap.settings import ClientLimitSettings, QueueSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.clients.redis import redis_client
from gorder.clients.store_url import store_url
from gorder.runtime.deadline import too_late
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.limits import IDLE_SECONDS, MYSQL, REDIS
from gorder.runtime.observability import telemetry
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.claims import ClientLimits
from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_for_client import (
    ReserveForClient,
    ReserveForClientHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.commands.return_units import ReturnUnits, ReturnUnitsHandler
from gorder.stock.commands.write_off_units import WriteOffUnits, WriteOffUnitsHandler
from gorder.stock.model import Reservation
from gorder.stock.ports import ClientClaims, Outcomes, ReservationQueue, StockStore
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler, Menu
from gorder.stock.queries.list_movements import ListMovements, ListMovementsHandler, Moved
from gorder.stock.queries.measure_holds import MeasureHolds, MeasureHoldsHandler
from gorder.stock.queries.overdue_reservations import (
    OverdueReservations,
    OverdueReservationsHandler,
)
from gorder.stock.refusals import StockRefusal


@dataclass(frozen=True, slots=True)
class StockService:
    """The commands and queries of the stock_check function."""

    reserve: Handler[ReserveStock, Outcomes]
    reserve_for_client: Handler[ReserveForClient, Outcomes]
    confirm: Handler[ConfirmReservation, Reservation | StockRefusal]
    release: Handler[ReleaseReservation, Reservation | StockRefusal]
    return_units: Handler[ReturnUnits, Reservation | StockRefusal]
    write_off: Handler[WriteOffUnits, Reservation | StockRefusal]
    overdue: Handler[OverdueReservations, Sequence[str]]
    menu: Handler[ListMenu, Menu]
    measure_holds: Handler[MeasureHolds, float]
    movements: Handler[ListMovements, Moved]


def build(
    store: StockStore, queue: ReservationQueue, claims: ClientClaims, limits: ClientLimits
) -> StockService:
    reserve = ReserveStockHandler(store=store, queue=queue)
    for_client = ReserveForClientHandler(claims=claims, reserve=reserve, limits=limits)
    return StockService(
        reserve=observed("ReserveStock", reserve),
        reserve_for_client=observed("ReserveForClient", for_client),
        confirm=observed("ConfirmReservation", ConfirmReservationHandler(store=store)),
        release=observed("ReleaseReservation", ReleaseReservationHandler(store=store)),
        return_units=observed("ReturnUnits", ReturnUnitsHandler(store=store)),
        write_off=observed("WriteOffUnits", WriteOffUnitsHandler(store=store)),
        overdue=observed("OverdueReservations", OverdueReservationsHandler(store=store)),
        menu=observed("ListMenu", ListMenuHandler(store=store, telemetry=telemetry)),
        measure_holds=observed("MeasureHolds", MeasureHoldsHandler(store=store)),
        movements=observed("ListMovements", ListMovementsHandler(store=store)),
    )


@cache
def service() -> StockService:
    settings = load(QueueSettings)
    queue = RedisQueue(
        lambda: redis_client(store_url(settings.redis_secret, settings.redis_address)),
        telemetry,
        idle_seconds=IDLE_SECONDS,
        too_late=lambda: too_late(2 * REDIS.answer_seconds + MYSQL.answer_seconds),
    )
    limits = load(ClientLimitSettings)
    store = mysql_store()
    return build(
        store,
        queue,
        store,
        ClientLimits(limits.orders_of_customer, limits.orders_of_address, limits.share_percent),
    )
