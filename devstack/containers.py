"""Docker, and how its containers reach servers that listen on this machine's loopback only."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from devstack.console import StackError, exit_status
from devstack.relay import relayed

HOST = "host.docker.internal"
"""The name of this machine in a container."""
_SECONDS = 30
_INSTALL = "https://docs.docker.com/engine/install/"
_NO_ENGINE = (
    "`sam local` runs functions in containers, and no Docker engine answers: install and start "
    f"it ({_INSTALL}), or use `make up`, which needs none"
)
_NO_COMPOSE = (
    "`make up STACK=compose` runs the servers in Docker, and `docker {command}` failed ({reason}): "
    f"install and start Docker with its compose plugin ({_INSTALL}), or use `make up`, which needs "
    "none. Nothing was stopped or changed"
)


@dataclass(frozen=True)
class Docker:
    """A running engine. `gateway` is this machine's address on the containers' network.

    Docker Desktop has none, because there HOST leads to loopback without it.
    """

    socket: str
    gateway: str | None

    @property
    def arguments(self) -> list[str]:
        """The arguments of `sam local` that make HOST known in a container."""
        return ["--add-host", f"{HOST}:{self.gateway}"] if self.gateway else []

    @contextmanager
    def reaching(self, ports: Iterable[int]) -> Iterator[None]:
        """Let containers reach these ports of loopback at HOST.

        Raises:
            StackError: another process listens on one of the ports at the gateway.
        """
        if self.gateway is None:
            yield
            return
        with relayed(self.gateway, ports):
            yield


def find_docker() -> Docker:
    """Return the engine that the `docker` command uses.

    Raises:
        StackError: Docker is not installed, or its engine does not answer.
    """
    try:
        platform = _docker("version", "--format", "{{.Server.Platform.Name}}")
        # SAM knows DOCKER_HOST, but not the contexts of the `docker` command.
        socket = _docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        if "Docker Desktop" in platform or sys.platform != "linux":
            return Docker(socket, None)
        [network] = json.loads(_docker("network", "inspect", "bridge"))
    except (OSError, subprocess.SubprocessError):
        raise StackError(_NO_ENGINE) from None
    [address, *_] = network["IPAM"]["Config"]
    # Docker gives the first address to this machine, and does not always print it.
    return Docker(socket, address.get("Gateway") or str(ip_network(address["Subnet"])[1]))


def check_compose() -> None:
    """Check that `docker compose` works and that an engine answers.

    Raises:
        StackError: one of them does not.
    """
    for command in ("compose version", "version"):
        try:
            _docker(*command.split())
        except subprocess.CalledProcessError as error:
            reason, *_ = error.stderr.strip().splitlines() or [str(error)]
            raise StackError(_NO_COMPOSE.format(command=command, reason=reason)) from None
        except (OSError, subprocess.SubprocessError) as error:
            raise StackError(_NO_COMPOSE.format(command=command, reason=error)) from None


def _docker(*arguments: str) -> str:
    result = subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    return result.stdout.strip()


def main() -> None:
    """Find Docker, for `make sam-local` and `make sam-invoke`."""
    find_docker()


if __name__ == "__main__":
    sys.exit(exit_status(main))
