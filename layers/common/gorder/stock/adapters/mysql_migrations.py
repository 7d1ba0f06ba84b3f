"""Bring a MySQL or MariaDB database to the newest schema.

DDL is not transactional there, so every statement of a migration is idempotent (`IF NOT EXISTS`)
and a file is recorded only after its last statement. A half-applied file runs again.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pymysql
from pymysql.cursors import Cursor

from gorder.stock.ports import MigrationError

if TYPE_CHECKING:
    from pymysql.connections import Connection

_FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK_WAIT_SECONDS: Final = 60
_CREATE_RECORD: Final = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version    VARCHAR(16)  NOT NULL,
        name       VARCHAR(255) NOT NULL,
        checksum   CHAR(64)     NOT NULL,
        applied_at DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        PRIMARY KEY (version)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """A file `NNNN_what_it_does.sql`. A semicolon and an empty line end each statement.

    So a statement may have others in it, as that of a procedure does.
    """

    name: str
    sql: str

    @property
    def version(self) -> str:
        """The number at the beginning of the file's name."""
        return self.name.partition("_")[0]

    @property
    def checksum(self) -> str:
        """The SHA-256 of the text. Line breaks were normalised when the file was read."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The statements without comments."""
        code = "\n".join(line for line in self.sql.splitlines() if not line.startswith("--"))
        statements = (statement.strip().removesuffix(";") for statement in code.split(";\n\n"))
        return [statement for statement in statements if statement]


def migrations(folder: Path = _FOLDER) -> list[Migration]:
    """Return the migrations of a folder, oldest first."""
    files = sorted(folder.glob("[0-9]*_*.sql"))
    return [Migration(file.name, file.read_text(encoding="utf-8")) for file in files]


def migrate(connect: Callable[[], "Connection[Cursor]"], wanted: list[Migration]) -> list[str]:
    """Apply the missing migrations and return their names. Safe to repeat and to run concurrently.

    Raises:
        MigrationError: the database cannot be reached, a statement failed, an applied file was
            changed, or another run took longer than a minute.
    """
    try:
        with connect() as connection, connection.cursor() as cursor, _migration_lock(cursor):
            cursor.execute(_CREATE_RECORD)
            cursor.execute("SELECT version, checksum FROM schema_migrations")
            applied: dict[str, str] = dict(cursor.fetchall())
            connection.commit()
            missing = [m for m in wanted if not _is_applied(m, applied)]
            for migration in missing:
                _apply(cursor, migration)
                connection.commit()
            return [migration.name for migration in missing]
    except pymysql.MySQLError as error:
        text = " ".join(str(part) for part in error.args)
        raise MigrationError(f"MySQL: {text}; fix it and run migrate again") from error


@contextmanager
def _migration_lock(cursor: Cursor) -> Iterator[None]:
    """Hold a named lock of the server for this database; other databases can be migrated."""
    name = "LEFT(CONCAT('gorder.migrate.', DATABASE()), 64)"
    cursor.execute(f"SELECT GET_LOCK({name}, %s)", [_LOCK_WAIT_SECONDS])
    if cursor.fetchone() != (1,):
        raise MigrationError(
            f"another migration has been running for {_LOCK_WAIT_SECONDS} s; "
            "wait until it ends and run migrate again"
        )
    try:
        yield
    finally:
        with suppress(pymysql.MySQLError):  # a lost connection has released the lock already
            cursor.execute(f"SELECT RELEASE_LOCK({name})")


def _is_applied(migration: Migration, applied: dict[str, str]) -> bool:
    checksum = applied.get(migration.version)
    if checksum not in {None, migration.checksum}:
        raise MigrationError(
            f"migration {migration.name} was changed after it had been applied; "
            "restore it and put the change into a new migration"
        )
    return checksum is not None


def _apply(cursor: Cursor, migration: Migration) -> None:
    for statement in migration.statements:
        cursor.execute(statement)
    cursor.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
        [migration.version, migration.name, migration.checksum],
    )
