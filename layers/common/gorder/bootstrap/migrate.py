"""Build the migrate function. The command line uses its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from gorder.bootstrap.settings import MysqlSettings, OrderSettings, load
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.clients.store_url import store_url
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.stock.adapters import mysql_migrations

_STATEMENT_SECONDS: Final = 600.0  # a new index on a table of many rows takes its time


@dataclass(frozen=True, slots=True)
class Migrate:
    """A release is to be installed that may need another schema."""


def migrate_mysql(url: str) -> list[str]:
    """Bring MySQL to the newest schema; the names of what was missing. Safe to repeat.

    Raises:
        InvalidUrlError, MigrationError
    """
    connect = partial(connect_mysql, url, read_timeout_seconds=_STATEMENT_SECONDS)
    return mysql_migrations.migrate(connect, mysql_migrations.migrations())


def index_mongo(url: str) -> list[str]:
    """Make the order database's indexes; the names of all. Safe to repeat.

    Raises:
        InvalidUrlError, OrderIndexError
    """
    with mongo_client(url) as client:
        return ensure_indexes(client.get_default_database())


def build(
    mysql_url: Callable[[], str], mongo_url: Callable[[], str]
) -> Handler[Migrate, dict[str, list[str]]]:
    """The decorated handler for the stores at these addresses."""

    def migrate(_message: Migrate) -> dict[str, list[str]]:
        done = {"applied": migrate_mysql(mysql_url()), "indexes": index_mongo(mongo_url())}
        telemetry.info("schema.migrated", **done)
        return done

    return observed("Migrate", migrate)


@cache
def service() -> Handler[Migrate, dict[str, list[str]]]:
    """The handler for the real stores."""
    mysql, mongo = load(MysqlSettings), load(OrderSettings)
    return build(
        lambda: store_url(mysql.mysql_secret, mysql.mysql_address),
        lambda: store_url(mongo.mongo_secret, mongo.mongo_address),
    )
