"""The same servers in Docker: each a service of compose.yaml, run in the foreground as a process.

They share the host's network, so every address is the same as without Docker.
"""

import hashlib
import os
from typing import ClassVar, override

from devstack.private_files import write_private
from devstack.servers.base import Server
from devstack.servers.localstack import LocalStack
from devstack.servers.mariadb import MariaDB
from devstack.servers.mongo import Mongo
from devstack.servers.valkey import Valkey
from devstack.state import ROOT, Directory, State

RUNTIMES = "/runtimes"  # in LocalStack's image


class ComposeService(Server):
    """A service with the server's name and a data directory of its own."""

    start_seconds: ClassVar[float] = 600  # its image may have to be downloaded
    stop_seconds: ClassVar[float] = 60  # a killed `docker compose` would leave its container behind

    def __init__(self, directory: Directory, state: State) -> None:
        super().__init__(directory, state)
        self.data = directory.data(f"docker-{self.name}")

    @override
    def prepare(self) -> None:
        Server.prepare(self)  # and not what the server needs without Docker

    @override
    def command(self) -> list[str]:
        directory = str(self._directory.path)
        project = f"gorder-{hashlib.sha256(directory.encode()).hexdigest()[:8]}"
        compose = ["docker", "compose", "--file", str(ROOT / "compose.yaml")]
        return [*compose, "--project-name", project, "up", "--no-log-prefix", self.name]

    @override
    def environment(self) -> dict[str, str]:
        docker = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
        ports = {f"{name.upper()}_PORT": str(port) for name, port in self._state.ports.items()}
        return {
            **super().environment(),
            **docker,
            **ports,
            "GORDER_STATE": str(self._directory.path),
            "GORDER_USER": f"{os.getuid()}:{os.getgid()}",
            "MYSQL_PASSWORD": self._state.secrets.mysql_password,
            "MONGO_PASSWORD": self._state.secrets.mongo_password,
        }


class ComposeMySQL(ComposeService, MariaDB):
    """MySQL 8.4 in MariaDB's place."""


class ComposeValkey(ComposeService, Valkey):
    """Valkey."""

    @override
    def prepare(self) -> None:
        Valkey.prepare(self)


class ComposeMongo(ComposeService, Mongo):
    """MongoDB as a replica set of one. Its members share a key: the password."""

    @override
    def prepare(self) -> None:
        super().prepare()
        key = self.data.with_name(f"{self.data.name}.key")
        write_private(key, self._state.secrets.mongo_password)


class ComposeLocalStack(ComposeService, LocalStack):
    """LocalStack with the project's executor in an image, the same as without Docker."""

    start_seconds: ClassVar[float] = ComposeService.start_seconds
    stop_seconds: ClassVar[float] = ComposeService.stop_seconds

    @override
    def prepare(self) -> None:
        LocalStack.prepare(self)

    @override
    def environment(self) -> dict[str, str]:
        return {**super().environment(), "LAMBDA_PROCESS_RUNTIMES": RUNTIMES}
