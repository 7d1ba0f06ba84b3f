"""Create clients of DocumentDB or MongoDB."""

from typing import Any, Final
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, NetworkTimeout

from gorder.clients.store_url import (
    FILE_OPTIONS,
    InvalidUrlError,
    parse_options,
    require_file,
    split_url,
)
from gorder.clients.tls import ca_file, is_loopback
from gorder.runtime.deadline import too_late
from gorder.runtime.limits import MONGO, MONGO_POOL

_UNVERIFIED: Final = {
    "tlsinsecure",
    "tlsallowinvalidcertificates",
    "tlsallowinvalidhostnames",
    "tlsdisableocspendpointcheck",
}
_FORM: Final = (
    "a MongoDB URL is mongodb://user:password@host:port/database?tls=true with user and password "
    "percent-encoded and certificates verified; use tls=false for a connection without TLS; tls "
    "may be omitted for a loopback address only"
)


def mongo_client(url: str) -> MongoClient[dict[str, Any]]:
    """Create a client with one connection, which is opened on first use. Times are read as UTC.

    Retryable writes are off, because DocumentDB does not support them. The driver monitors servers
    by polling, because streaming takes a second connection to each server.

    Args:
        url: `mongodb://user:password@host:port/database?tls=true`. Certificates are verified
            against AWS's authorities, or those in `tlsCAFile`; `tls=false` connects without TLS.

    Raises:
        InvalidUrlError: the URL has another form, or would connect to another machine without TLS.
        MissingSettingError: the layer has no certificate authorities for this AWS region, or a file
            that the URL names cannot be read.
    """
    try:
        return MongoClient(
            url,
            retryWrites=False,
            max_adaptive_retries=MONGO.attempts - 1,
            maxPoolSize=MONGO_POOL,
            serverMonitoringMode="poll",
            server_selector=_if_in_time,
            serverSelectionTimeoutMS=_milliseconds(MONGO.search_seconds),
            connectTimeoutMS=_milliseconds(MONGO.connect_seconds),
            socketTimeoutMS=_milliseconds(MONGO.answer_seconds),
            tz_aware=True,
            **_tls(url),
        )
    except (ConfigurationError, ValueError):
        raise InvalidUrlError(_FORM) from None


def _tls(url: str) -> dict[str, Any]:
    """Return the client's options for TLS, which override those that PyMongo reads in the URL."""
    parts = split_url(url, _FORM)
    options = {name.lower(): value for name, value in parse_options(parts.query, _FORM).items()}
    if not parts.path.strip("/") or options.keys() & _UNVERIFIED:
        raise InvalidUrlError(_FORM)
    for name, file in options.items():
        if name in FILE_OPTIONS:
            require_file(file, "the MongoDB URL")
    hosts = parts.netloc.rpartition("@")[2].split(",")
    match options.get("tls", "true" if parts.scheme == "mongodb+srv" else None):
        case "true":
            return {
                "tls": True,
                "tlsCAFile": options.get("tlscafile") or ca_file(),
                "tlsAllowInvalidCertificates": False,
                "tlsAllowInvalidHostnames": False,
            }
        case "false":
            return {}
        case None if all(is_loopback(urlsplit(f"//{host}").hostname) for host in hosts):
            return {}
        case _:
            raise InvalidUrlError(_FORM)


def _if_in_time[S](servers: S) -> S:
    """Accept every server, unless a command may end after the function's deadline.

    The driver selects a server before each attempt of a command.
    """
    if reason := too_late(MONGO.attempt_seconds):
        raise NetworkTimeout(reason)
    return servers


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
