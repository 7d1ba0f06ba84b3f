"""Build the retention function."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from gorder.bootstrap.order_store import mongo_orders
from gorder.bootstrap.settings import RetentionSettings, load
from gorder.bootstrap.stock_store import mysql_store
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.adapters.mongo_retention import MongoOrdersByAge
from gorder.order.commands.forget_old_orders import ForgetOldOrders, ForgetOldOrdersHandler
from gorder.order.ports import OrderRepository
from gorder.order.retention_ports import OrdersByAge, RecordOfRepairs
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.limits import MYSQL_AUDIT
from gorder.runtime.observability import telemetry
from gorder.stock.audit_ports import StockArchive
from gorder.stock.commands.archive_movements import ArchiveMovements, ArchiveMovementsHandler

ORDERS_BUDGET: Final = timedelta(seconds=360)
MOVEMENTS_BUDGET: Final = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Retention:
    """The work that is done every day."""

    forget_orders: Handler[ForgetOldOrders, None]
    archive_movements: Handler[ArchiveMovements, None]


def build(
    orders: OrderRepository,
    by_age: OrdersByAge,
    repairs: RecordOfRepairs,
    archive: StockArchive,
    kept: RetentionSettings,
) -> Retention:
    forget = ForgetOldOrdersHandler(
        orders=orders,
        by_age=by_age,
        repairs=repairs,
        kept=timedelta(days=kept.customer_days),
        budget=ORDERS_BUDGET,
        clock=utc_now,
        telemetry=telemetry,
    )
    movements = ArchiveMovementsHandler(
        archive=archive,
        kept=timedelta(days=kept.movement_days),
        budget=MOVEMENTS_BUDGET,
        clock=utc_now,
        telemetry=telemetry,
    )
    return Retention(
        forget_orders=observed("ForgetOldOrders", forget),
        archive_movements=observed("ArchiveMovements", movements),
    )


@cache
def service() -> Retention:
    orders = mongo_orders()
    store = mysql_store(MYSQL_AUDIT.answer_seconds)
    by_age, repairs = MongoOrdersByAge(orders), MongoOrderDocuments(orders)
    return build(orders, by_age, repairs, store, load(RetentionSettings))
