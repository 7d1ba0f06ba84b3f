"""Build the stock_check function."""

from dataclasses import dataclass
from functools import cache

from gorder.bootstrap.settings import LockSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.clients.redis import redis_client
from gorder.clients.store_url import store_url
from gorder.contracts.stock import (
    ConfirmReservation,
    ListMenu,
    MenuListed,
    Overdue,
    OverdueReservations,
    ReleaseReservation,
    ReservationSettled,
    ReserveStock,
    StockReserved,
)
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.stock.adapters.redis_lock import RedisStockLock
from gorder.stock.commands.confirm_reservation import ConfirmReservationHandler
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.ports import StockLock, StockStore
from gorder.stock.queries.list_menu import ListMenuHandler
from gorder.stock.queries.list_overdue import ListOverdueHandler


@dataclass(frozen=True, slots=True)
class StockService:
    """What the stock function can be asked."""

    reserve: Handler[ReserveStock, StockReserved]
    confirm: Handler[ConfirmReservation, ReservationSettled]
    release: Handler[ReleaseReservation, ReservationSettled]
    overdue: Handler[OverdueReservations, Overdue]
    menu: Handler[ListMenu, MenuListed]


def build(store: StockStore, lock: StockLock) -> StockService:
    return StockService(
        reserve=observed("ReserveStock", ReserveStockHandler(store, lock)),
        confirm=observed("ConfirmReservation", ConfirmReservationHandler(store)),
        release=observed("ReleaseReservation", ReleaseReservationHandler(store)),
        overdue=observed("OverdueReservations", ListOverdueHandler(store)),
        menu=observed("ListMenu", ListMenuHandler(store, telemetry)),
    )


@cache
def service() -> StockService:
    settings = load(LockSettings)
    lock = RedisStockLock(
        lambda: redis_client(store_url(settings.redis_secret, settings.redis_address)), telemetry
    )
    return build(mysql_store(), lock)
