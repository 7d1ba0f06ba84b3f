"""Create clients of Redis or Valkey."""

from typing import Final
from urllib.parse import SplitResult

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gorder.clients.store_url import InvalidUrlError, parse_url, require_file
from gorder.clients.tls import ca_file, is_loopback
from gorder.runtime.limits import REDIS, REDIS_CONNECTIONS

_FORM: Final = (
    "a Redis URL is rediss://user:password@host:port/0 with user and password percent-encoded; use "
    "redis://…?tls=off for a connection without TLS; tls=off may be omitted for a loopback address "
    "only"
)


def redis_client(url: str) -> Redis:
    """Create a client with one connection, which is opened on first use. It times out in a second.

    Connecting is tried twice. `RedisConnection` sends a command again, because the connection may
    have been lost while the execution environment was frozen.

    Args:
        url: `rediss://user:password@host:port/0`. Certificates are verified against AWS's
            authorities, or those in `tlsCAFile`; `redis://…?tls=off` connects without TLS.

    Raises:
        InvalidUrlError: the URL has another form, or would connect to another machine without TLS.
        MissingSettingError: the layer has no certificate authorities for this AWS region, or
            `tlsCAFile` cannot be read.
    """
    parts, options = parse_url(url, _FORM)
    return Redis.from_url(
        parts._replace(query="").geturl(),
        socket_connect_timeout=REDIS.connect_seconds,
        socket_timeout=REDIS.answer_seconds,
        retry=Retry(NoBackoff(), 1),
        max_connections=REDIS_CONNECTIONS,
        **_tls(parts, options),
    )


def _tls(parts: SplitResult, options: dict[str, str]) -> dict[str, str]:
    match parts.scheme:
        case "rediss" if not options.keys() - {"tlsCAFile"}:
            file = options.get("tlsCAFile")
            return {"ssl_ca_certs": require_file(file, "the Redis URL") if file else ca_file()}
        case "redis" if options == {"tls": "off"} or (not options and is_loopback(parts.hostname)):
            return {}
        case _:
            raise InvalidUrlError(_FORM)
