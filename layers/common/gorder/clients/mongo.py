"""Create clients of DocumentDB or MongoDB."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, NetworkTimeout
from pymongo.uri_parser import split_options

from gorder.clients.store_url import (
    FILE_OPTIONS,
    InvalidUrlError,
    parse_options,
    require_file,
    split_url,
)
from gorder.clients.tls import ca_file, is_loopback
from gorder.runtime.deadline import too_late
from gorder.runtime.limits import IDLE_SECONDS, MONGO, MONGO_POOL

_UNVERIFIED: Final = {
    "tlsinsecure",
    "tlsallowinvalidcertificates",
    "tlsallowinvalidhostnames",
    "tlsdisableocspendpointcheck",
}
# Another reading or writing could lose an order that was acknowledged, or place it twice. Each of
# these options may only state what the client does.
_CONCERNS: Final[Mapping[str, str | None]] = {
    "readpreference": "primary",
    "readpreferencetags": None,
    "maxstalenessseconds": None,
    # `majority` hides a document that has just been written, although its id is taken.
    "readconcernlevel": "local",
    "w": "majority",
    "wtimeoutms": None,
    "journal": "true",
    "fsync": None,
    # The driver then takes the server as it is, a secondary too.
    "loadbalanced": "false",
    "directconnection": "false",
}
_DIRECT: Final = "directconnection"
_FORM: Final = (
    "a MongoDB URL is mongodb://user:password@host:port/database?tls=true with user and password "
    "percent-encoded, options that the driver knows and certificates verified; use tls=false for a "
    "connection without TLS; tls may be omitted for a loopback address only"
)


def mongo_client(url: str) -> MongoClient[dict[str, Any]]:
    """Create a client with one connection, which is opened on first use. Times are read as UTC.

    It reads from the primary, and a write is acknowledged when a majority has it in the journal.

    Retryable writes are off, because DocumentDB does not support them. The driver monitors servers
    by polling, because streaming takes a second connection to each server.

    Args:
        url: `mongodb://user:password@host:port/database?tls=true`. Certificates are verified
            against AWS's authorities, or those in `tlsCAFile`; `tls=false` connects without TLS.

    Raises:
        InvalidUrlError: the URL has another form, would connect to another machine without TLS, or
            asks for weaker reads or writes.
        MissingSettingError: the layer has no certificate authorities for this AWS region, or a file
            that the URL names cannot be read.
    """
    options = _options(url)
    try:
        _require_known(urlsplit(url).query)
        return MongoClient(
            url,
            readPreference="primary",
            w="majority",
            journal=True,
            retryWrites=False,
            max_adaptive_retries=MONGO.attempts - 1,
            maxPoolSize=MONGO_POOL,
            maxIdleTimeMS=_milliseconds(IDLE_SECONDS),
            serverMonitoringMode="poll",
            server_selector=_if_in_time,
            serverSelectionTimeoutMS=_milliseconds(MONGO.search_seconds),
            connectTimeoutMS=_milliseconds(MONGO.connect_seconds),
            socketTimeoutMS=_milliseconds(MONGO.answer_seconds),
            tz_aware=True,
            **_tls(url, options),
        )
    except (ConfigurationError, TypeError, ValueError):
        raise InvalidUrlError(_FORM) from None


def _require_known(query: str) -> None:
    """Raise PyMongo's error for an option that its client would only warn of, and ignore."""
    if query:
        split_options(query, validate=True, warn=False)


def _options(url: str) -> dict[str, str]:
    """Return the options of a URL by their names in lower case, if none is refused."""
    parts = split_url(url, _FORM)
    given = parse_options(parts.query, _FORM)
    options = {name.lower(): value for name, value in given.items()}
    if not parts.path.strip("/") or options.keys() & _UNVERIFIED:
        raise InvalidUrlError(_FORM)
    if weaker := [name for name in given if _is_weaker(name.lower(), options)]:
        raise InvalidUrlError(
            f"remove {', '.join(weaker)} from the MongoDB URL: gorder reads from the primary and "
            "writes with w=majority and journal=true"
        )
    for name, file in options.items():
        if name in FILE_OPTIONS:
            require_file(file, "the MongoDB URL")
    return options


def _is_weaker(name: str, options: Mapping[str, str]) -> bool:
    """Return whether the option states another reading or writing than the client's.

    `directConnection` is for a server of this machine that is reached under another name.
    """
    if name == _DIRECT and options.get("tls") == "false":
        return False
    return name in _CONCERNS and options[name] != _CONCERNS[name]


def _tls(url: str, options: Mapping[str, str]) -> dict[str, Any]:
    """Return the client's options for TLS, which override those that PyMongo reads in the URL."""
    parts = split_url(url, _FORM)
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
