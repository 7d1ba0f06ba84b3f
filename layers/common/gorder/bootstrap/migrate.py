"""Build the migrate function. The command line uses its parts."""

from collections.abc import Callable
from functools import cache, partial

from gorder.bootstrap.settings import MysqlSettings, OrderSettings, load
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.store_url import store_url
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_money import set_money_days as set_money_days_in
from gorder.order.adapters.mongo_orders import COLLECTION
from gorder.order.adapters.mongo_placed import date_orders as date_orders_in
from gorder.order.adapters.mongo_retention import date_changes as date_changes_in
from gorder.order.adapters.mongo_watch import watch_paid_orders as watch_orders_in
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.limits import MYSQL_MIGRATION
from gorder.runtime.observability import telemetry
from gorder.stock.adapters import mysql_migrations
from gorder.upkeep.migrate import Migrate, MigrateHandler


def migrate_mysql(url: str) -> list[str]:
    """Bring MySQL to the newest schema and return the applied migrations. Safe to repeat.

    Raises:
        InvalidUrlError, MigrationError
    """
    connect = partial(connect_mysql, url, read_timeout_seconds=MYSQL_MIGRATION.answer_seconds)
    return mysql_migrations.migrate(connect, mysql_migrations.migrations())


def index_mongo(url: str) -> list[str]:
    """Create the order database's missing indexes and return all of them. Safe to repeat.

    Raises:
        InvalidUrlError, OrderIndexError
    """
    with mongo_client(url) as client:
        return ensure_indexes(client.get_default_database())


def watch_paid_orders(url: str) -> int:
    """Set the time to look at paid orders that have none; return on how many. Safe to repeat.

    Raises:
        InvalidUrlError, OrderStoreUnavailableError, OrderStoreError
    """
    with mongo_client(url) as client:
        return watch_orders_in(client.get_default_database()[COLLECTION])


def date_orders(url: str) -> int:
    """Set when they were placed on orders that have no such time; return on how many.

    Safe to repeat.

    Raises:
        InvalidUrlError, OrderStoreUnavailableError, OrderStoreError
    """
    with mongo_client(url) as client:
        return date_orders_in(client.get_default_database()[COLLECTION], utc_now())


def set_money_days(url: str) -> int:
    """Set the days of payments and refunds on orders without them; return on how many.

    Safe to repeat.

    Raises:
        InvalidUrlError, OrderStoreUnavailableError, OrderStoreError
    """
    with mongo_client(url) as client:
        return set_money_days_in(client.get_default_database()[COLLECTION], utc_now())


def date_changes(url: str) -> int:
    """Set the time of the last change on orders without it; return on how many. Safe to repeat.

    Raises:
        InvalidUrlError, OrderStoreUnavailableError, OrderStoreError
    """
    with mongo_client(url) as client:
        return date_changes_in(client.get_default_database()[COLLECTION], utc_now())


def build(
    mysql_url: Callable[[], str], mongo_url: Callable[[], str]
) -> Handler[Migrate, dict[str, list[str] | int]]:
    handler = MigrateHandler(
        migrate_mysql=lambda: migrate_mysql(mysql_url()),
        index_mongo=lambda: index_mongo(mongo_url()),
        watch_paid_orders=lambda: watch_paid_orders(mongo_url()),
        date_orders=lambda: date_orders(mongo_url()),
        set_money_days=lambda: set_money_days(mongo_url()),
        date_changes=lambda: date_changes(mongo_url()),
        telemetry=telemetry,
    )
    return observed("Migrate", handler)


@cache
def service() -> Handler[Migrate, dict[str, list[str] | int]]:
    mysql, mongo = load(MysqlSettings), load(OrderSettings)
    return build(
        lambda: store_url(mysql.mysql_secret, mysql.mysql_address),
        lambda: store_url(mongo.mongo_secret, mongo.mongo_address),
    )
