"""Clients of the outside, each with timeouts. A function imports only the libraries it uses.

Stripe's SDK depends on `requests`, so that is its HTTP client here: no other is in the layer.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import stripe
    from pymongo import MongoClient
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor
    from redis import Redis

# READ COMMITTED: no gap locks, so buyers of different products never wait for each other.
_MYSQL_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
_MYSQL_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = 1, autocommit = 0"
)


class InvalidUrlError(Exception):
    """A store's URL cannot be used; the message says what it should be."""


def connect_mysql(url: str, *, read_timeout_seconds: float = 5.0) -> "Connection[Cursor]":
    """Open a connection: autocommit off, READ COMMITTED, strict, UTC, lock waits of 1 s.

    Args:
        url: `mysql://user:password@host:port/database`, user and password percent-encoded.
        read_timeout_seconds: the longest a statement may take.

    Raises:
        InvalidUrlError: the URL is not of that form.
        pymysql.MySQLError: no connection.
    """
    import pymysql  # noqa: PLC0415 - only the stock function and the command line have MySQL

    host, port, user, password, database = _mysql_address(url)
    connection = pymysql.connect(
        host=host,
        port=port,
        user=user,
        password=password.encode(),
        database=database,
        charset="utf8mb4",
        init_command=_MYSQL_SESSION,
        autocommit=False,
        connect_timeout=3,
        read_timeout=read_timeout_seconds,
        write_timeout=5,
    )
    with connection.cursor() as cursor:
        cursor.execute(_MYSQL_ISOLATION)
    return connection


def _mysql_address(url: str) -> tuple[str, int, str, str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or 3306
    except ValueError:
        parts, port = urlsplit(""), 0
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme != "mysql" or not parts.hostname or not database or parts.query:
        raise InvalidUrlError(
            "a MySQL URL is mysql://user:password@host:port/database, "
            "user and password percent-encoded"
        )
    return (
        parts.hostname,
        port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        database,
    )


def redis_client(url: str) -> "Redis":
    """Make a client that gives up within a second; it connects when first used.

    One retry at once: a connection that idled while the environment was frozen may be dead.
    """
    from redis import Redis  # noqa: PLC0415 - only the stock function has Redis
    from redis.backoff import NoBackoff  # noqa: PLC0415 - likewise
    from redis.retry import Retry  # noqa: PLC0415 - likewise

    return Redis.from_url(
        url, socket_connect_timeout=0.3, socket_timeout=0.5, retry=Retry(NoBackoff(), 1)
    )


def mongo_client(url: str) -> "MongoClient[dict[str, Any]]":
    """Make a client with a small pool; it connects when first used. Times read are UTC.

    No retryable writes: DocumentDB has none.
    """
    from pymongo import MongoClient  # noqa: PLC0415 - the stock function has no MongoDB

    return MongoClient(
        url,
        retryWrites=False,
        maxPoolSize=4,
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=4500,
        tz_aware=True,
    )


def stripe_client(api_key: str, api_base: str) -> "stripe.StripeClient":
    """Make a client that waits 3 s for a connection, 10 s for an answer, and retries twice."""
    import stripe  # noqa: PLC0415 - most functions have no Stripe

    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=(3, 10)),
    )
