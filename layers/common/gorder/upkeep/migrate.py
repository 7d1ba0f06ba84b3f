"""Bring both databases to the newest schema."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Migrate:
    """Bring both databases to the newest schema."""


@dataclass(frozen=True, slots=True)
class MigrateHandler:
    """Migrates MySQL, then indexes MongoDB. Safe to repeat."""

    migrate_mysql: Callable[[], list[str]]
    index_mongo: Callable[[], list[str]]
    telemetry: Telemetry

    def __call__(self, _command: Migrate) -> dict[str, list[str]]:
        """Return the migrations that were `applied` now and the `indexes` that exist.

        Raises:
            InvalidUrlError, MigrationError, OrderIndexError
        """
        done = {"applied": self.migrate_mysql(), "indexes": self.index_mongo()}
        self.telemetry.info("schema.migrated", **done)
        return done
