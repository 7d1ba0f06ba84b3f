"""Bring both databases to the newest schema."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Migrate:
    """Bring both databases to the newest schema."""


@dataclass(frozen=True, slots=True)
class MigrateHandler:
    """Migrates MySQL, then indexes MongoDB and completes its orders. Safe to repeat."""

    migrate_mysql: Callable[[], list[str]]
    index_mongo: Callable[[], list[str]]
    watch_paid_orders: Callable[[], int]
    date_orders: Callable[[], int]
    set_money_days: Callable[[], int]
    date_changes: Callable[[], int]
    telemetry: Telemetry

    def __call__(self, _command: Migrate) -> dict[str, list[str] | int]:
        """Return the migrations that were `applied` now and the `indexes` that exist.

        `watched` is how many paid orders of an earlier release got a time to look at them now, and
        `dated` how many orders of one got the time when they were placed, `money_days` how many
        the days of their payments and refunds, and `changes_dated` how many the time of their last
        change.

        Raises:
            InvalidUrlError, MigrationError, OrderIndexError, OrderStoreUnavailableError,
            OrderStoreError
        """
        done: dict[str, list[str] | int] = {
            "applied": self.migrate_mysql(),
            "indexes": self.index_mongo(),
            "watched": self.watch_paid_orders(),
            "dated": self.date_orders(),
            "money_days": self.set_money_days(),
            "changes_dated": self.date_changes(),
        }
        self.telemetry.info("schema.migrated", **done)
        return done
