"""Clients of Redis or Valkey."""

from typing import Final
from urllib.parse import SplitResult

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gorder.clients.store_url import InvalidUrlError, parse_url
from gorder.clients.tls import ca_file, is_loopback
from gorder.runtime.limits import REDIS, REDIS_CONNECTIONS

_FORM: Final = (
    "a Redis URL is rediss://user:password@host:port/0, user and password percent-encoded, "
    "or redis://…?tls=off; without tls=off for this machine only"
)


def redis_client(url: str) -> Redis:
    """Make a client of one connection that gives up within a second; it connects when first used.

    One retry at once: a connection that idled while the environment was frozen may be dead.

    Args:
        url: `rediss://user:password@host:port/0`, verified by AWS's authorities or those in
            `tlsCAFile`; `redis://…?tls=off` goes in clear.

    Raises:
        InvalidUrlError: the URL is not of that form, or would go in clear to another machine.
        MissingSettingError: no authorities are known for this AWS region.
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
            return {"ssl_ca_certs": options.get("tlsCAFile") or ca_file()}
        case "redis" if options == {"tls": "off"} or (not options and is_loopback(parts.hostname)):
            return {}
        case _:
            raise InvalidUrlError(_FORM)
