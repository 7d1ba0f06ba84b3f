"""Connect to MySQL or MariaDB."""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import pymysql
from pymysql.constants import CR

from gorder.clients.store_url import InvalidUrlError, parse_url, require_file
from gorder.clients.tls import ca_file, is_loopback
from gorder.runtime.deadline import too_late
from gorder.runtime.errors import MissingSettingError
from gorder.runtime.limits import MYSQL

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

# READ COMMITTED takes no gap locks, so orders of different products never wait for each other.
_ISOLATION: Final = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
_SESSION: Final = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 0"
)
# RDS Proxy pins a session that sets this variable, so the server's own setting must be right.
_LOCK_WAIT: Final = "SELECT @@SESSION.innodb_lock_wait_timeout"
_FORM: Final = (
    "a MySQL URL is mysql://user:password@host:port/database?tls=required with user and password "
    "percent-encoded; use tls=off for a connection without TLS; tls may be omitted for a "
    "loopback address only"
)


class _ConnectionWithDeadline(pymysql.Connection):
    """Sends no statement that may end after the function's deadline."""

    def __init__(self, *, read_timeout: float, **options: Any) -> None:  # noqa: ANN401 - PyMySQL's
        self._statement_seconds = read_timeout  # before connecting, which sends statements
        super().__init__(read_timeout=read_timeout, **options)

    def query(self, sql: str | bytes, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002 - PyMySQL's
        _require_time(self._statement_seconds)
        return super().query(sql, unbuffered)

    # PyMySQL sends COMMIT and ROLLBACK without `query`.

    def commit(self) -> None:
        _require_time(self._statement_seconds)
        super().commit()

    def rollback(self) -> None:
        _require_time(self._statement_seconds)
        super().rollback()


def _require_time(seconds: float) -> None:
    if reason := too_late(seconds):
        raise pymysql.OperationalError(CR.CR_SERVER_LOST, reason)


def connect_mysql(
    url: str, *, read_timeout_seconds: float = MYSQL.answer_seconds
) -> "Connection[Cursor]":
    """Open a connection: autocommit off, READ COMMITTED, strict mode, UTC.

    A lock is waited for as long as the server's innodb_lock_wait_timeout says: 1 s.

    Args:
        url: `mysql://user:password@host:port/database?tls=required`, user and password
            percent-encoded. `required` verifies certificates against AWS's authorities, or those
            in `tlsCAFile`.
        read_timeout_seconds: the longest that a statement may take.

    Raises:
        InvalidUrlError: the URL has another form, or would connect to another machine without TLS.
        MissingSettingError: the layer has no certificate authorities for this AWS region,
            `tlsCAFile` cannot be read, or the server lets a statement wait too long for a lock.
        pymysql.MySQLError: the connection failed.
    """
    parts, options = parse_url(url, _FORM)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme != "mysql" or not database or options.keys() - {"tls", "tlsCAFile"}:
        raise InvalidUrlError(_FORM)
    _require_time(MYSQL.connect_seconds + read_timeout_seconds)
    connection = _ConnectionWithDeadline(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or "").encode(),
        database=database,
        charset="utf8mb4",
        init_command=_SESSION,
        autocommit=False,
        connect_timeout=int(MYSQL.connect_seconds),
        read_timeout=read_timeout_seconds,
        write_timeout=MYSQL.answer_seconds,
        **_tls(parts.hostname, options),
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ISOLATION)
            _require_short_lock_waits(cursor)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_short_lock_waits(cursor: "Cursor") -> None:
    """Require that the server refuses a lock before the client stops to wait for its answer."""
    cursor.execute(_LOCK_WAIT)
    row = cursor.fetchone()
    if row is None or not 0 < row[0] < MYSQL.answer_seconds:
        raise MissingSettingError(
            f"MySQL's innodb_lock_wait_timeout is {row and row[0]} s: set it to 1 in the server's "
            "configuration or parameter group, because RDS Proxy would pin a session that sets it"
        )


def _tls(host: str | None, options: dict[str, str]) -> dict[str, Any]:
    match options.get("tls"):
        case "required":
            file = options.get("tlsCAFile")
            authorities = require_file(file, "the MySQL URL") if file else ca_file()
            return {"ssl_ca": authorities, "ssl_verify_cert": True, "ssl_verify_identity": True}
        case "off":
            return {"ssl_disabled": True}
        case None if is_loopback(host) and "tlsCAFile" not in options:
            return {}
        case _:
            raise InvalidUrlError(_FORM)
