"""Clients of the outside, each with timeouts. A function imports only the libraries it uses.

Stripe's SDK depends on `requests`, so that is its HTTP client here: no other is in the layer.
"""

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from gorder.bootstrap.store_url import InvalidUrlError
from gorder.bootstrap.tls import ca_file, is_loopback
from gorder.runtime.limits import MONGO, MONGO_POOL, MYSQL, REDIS, REDIS_CONNECTIONS, STRIPE

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
_UNVERIFIED: Final = {"tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"}
_MYSQL_FORM: Final = (
    "a MySQL URL is mysql://user:password@host:port/database?tls=required, user and password "
    "percent-encoded; tls may be off, and may be left out for this machine only"
)
_REDIS_FORM: Final = (
    "a Redis URL is rediss://user:password@host:port/0, user and password percent-encoded, "
    "or redis://…?tls=off; without tls=off for this machine only"
)
_MONGO_FORM: Final = (
    "a MongoDB URL is mongodb://user:password@host:port/database?tls=true, user and password "
    "percent-encoded, certificates verified; tls may be false, and left out for this machine only"
)


def connect_mysql(
    url: str, *, read_timeout_seconds: float = MYSQL.answer_seconds
) -> "Connection[Cursor]":
    """Open a connection: autocommit off, READ COMMITTED, strict, UTC, lock waits of 1 s.

    Args:
        url: `mysql://user:password@host:port/database?tls=required`, user and password
            percent-encoded. Required means verified, by AWS's authorities or those in `tlsCAFile`.
        read_timeout_seconds: the longest a statement may take.

    Raises:
        InvalidUrlError: the URL is not of that form, or would go in clear to another machine.
        MissingSettingError: no authorities are known for this AWS region.
        pymysql.MySQLError: no connection.
    """
    import pymysql  # noqa: PLC0415 - only the stock function and the command line have MySQL

    parts, options = _parsed(url, _MYSQL_FORM)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme != "mysql" or not database or options.keys() - {"tls", "tlsCAFile"}:
        raise InvalidUrlError(_MYSQL_FORM)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or "").encode(),
        database=database,
        charset="utf8mb4",
        init_command=_MYSQL_SESSION,
        autocommit=False,
        connect_timeout=int(MYSQL.connect_seconds),
        read_timeout=read_timeout_seconds,
        write_timeout=MYSQL.answer_seconds,
        **_mysql_tls(parts.hostname, options),
    )
    with connection.cursor() as cursor:
        cursor.execute(_MYSQL_ISOLATION)
    return connection


def _mysql_tls(host: str | None, options: dict[str, str]) -> dict[str, Any]:
    match options.get("tls"):
        case "required":
            authorities = options.get("tlsCAFile") or ca_file()
            return {"ssl_ca": authorities, "ssl_verify_cert": True, "ssl_verify_identity": True}
        case "off":
            return {"ssl_disabled": True}
        case None if is_loopback(host) and "tlsCAFile" not in options:
            return {}
        case _:
            raise InvalidUrlError(_MYSQL_FORM)


def redis_client(url: str) -> "Redis":
    """Make a client of one connection that gives up within a second; it connects when first used.

    One retry at once: a connection that idled while the environment was frozen may be dead.

    Args:
        url: `rediss://user:password@host:port/0`, verified by AWS's authorities or those in
            `tlsCAFile`; `redis://…?tls=off` goes in clear.

    Raises:
        InvalidUrlError: the URL is not of that form, or would go in clear to another machine.
        MissingSettingError: no authorities are known for this AWS region.
    """
    from redis import Redis  # noqa: PLC0415 - only the stock function has Redis
    from redis.backoff import NoBackoff  # noqa: PLC0415 - likewise
    from redis.retry import Retry  # noqa: PLC0415 - likewise

    parts, options = _parsed(url, _REDIS_FORM)
    return Redis.from_url(
        parts._replace(query="").geturl(),
        socket_connect_timeout=REDIS.connect_seconds,
        socket_timeout=REDIS.answer_seconds,
        retry=Retry(NoBackoff(), 1),
        max_connections=REDIS_CONNECTIONS,
        **_redis_tls(parts, options),
    )


def _redis_tls(parts: SplitResult, options: dict[str, str]) -> dict[str, str]:
    match parts.scheme:
        case "rediss" if not options.keys() - {"tlsCAFile"}:
            return {"ssl_ca_certs": options.get("tlsCAFile") or ca_file()}
        case "redis" if options == {"tls": "off"} or (not options and is_loopback(parts.hostname)):
            return {}
        case _:
            raise InvalidUrlError(_REDIS_FORM)


def mongo_client(url: str) -> "MongoClient[dict[str, Any]]":
    """Make a client of one connection; it connects when first used. Times read are UTC.

    No retryable writes: DocumentDB has none. The driver's monitor polls: a stream would cost a
    second connection to each server.

    Args:
        url: `mongodb://user:password@host:port/database?tls=true`, verified by AWS's authorities
            or those in `tlsCAFile`; `tls=false` goes in clear.

    Raises:
        InvalidUrlError: the URL is not of that form, or would go in clear to another machine.
        MissingSettingError: no authorities are known for this AWS region.
    """
    from pymongo import MongoClient  # noqa: PLC0415 - the stock function has no MongoDB
    from pymongo.errors import ConfigurationError  # noqa: PLC0415 - likewise

    try:
        return MongoClient(
            url,
            retryWrites=False,
            max_adaptive_retries=MONGO.attempts - 1,
            maxPoolSize=MONGO_POOL,
            serverMonitoringMode="poll",
            serverSelectionTimeoutMS=_milliseconds(MONGO.pause_seconds),
            connectTimeoutMS=_milliseconds(MONGO.connect_seconds),
            socketTimeoutMS=_milliseconds(MONGO.answer_seconds),
            tz_aware=True,
            **_mongo_tls(url),
        )
    except (ConfigurationError, ValueError):
        raise InvalidUrlError(_MONGO_FORM) from None


def _mongo_tls(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = {name.lower(): value for name, value in parse_qsl(parts.query)}
    if not parts.path.strip("/") or options.keys() & _UNVERIFIED:
        raise InvalidUrlError(_MONGO_FORM)
    hosts = parts.netloc.rpartition("@")[2].split(",")
    match options.get("tls", "true" if parts.scheme == "mongodb+srv" else None):
        case "true":
            return {} if "tlscafile" in options else {"tlsCAFile": ca_file()}
        case "false":
            return {}
        case None if all(is_loopback(urlsplit(f"//{host}").hostname) for host in hosts):
            return {}
        case _:
            raise InvalidUrlError(_MONGO_FORM)


def _parsed(url: str, form: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InvalidUrlError(form) from None
    if not named:
        raise InvalidUrlError(form)
    return parts, dict(parse_qsl(parts.query, keep_blank_values=True))


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def stripe_client(api_key: str, api_base: str) -> "stripe.StripeClient":
    """Make a client that waits as long as `runtime.limits.STRIPE` says."""
    import stripe  # noqa: PLC0415 - most functions have no Stripe

    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=STRIPE.attempts - 1,
        http_client=stripe.RequestsClient(timeout=(STRIPE.connect_seconds, STRIPE.answer_seconds)),
    )
