"""Docker, and how its containers reach servers that listen on this machine's loopback only."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network

from devstack.console import StackError, say
from devstack.relay import relayed

HOST = "host.docker.internal"
"""This machine, to a container."""
_SECONDS = 30
_MISSING = (
    "`sam local` runs functions in containers and no Docker answers: install and start it "
    "(https://docs.docker.com/engine/install/), or use `make up`, which needs none"
)


@dataclass(frozen=True)
class Docker:
    """A running engine. `gateway` is this machine's address on the containers' network.

    Docker Desktop has none: there the name HOST leads to loopback by itself.
    """

    socket: str
    gateway: str | None

    @property
    def arguments(self) -> list[str]:
        """What `sam local` has to tell it, so that HOST is known in a container."""
        return ["--add-host", f"{HOST}:{self.gateway}"] if self.gateway else []

    @contextmanager
    def reaching(self, ports: Iterable[int]) -> Iterator[None]:
        """Let containers reach these ports of loopback at HOST.

        Raises:
            StackError: something else listens where they would.
        """
        if self.gateway is None:
            yield
            return
        with relayed(self.gateway, ports):
            yield


def find_docker() -> Docker:
    """The engine that the `docker` command talks to.

    Raises:
        StackError: there is none.
    """
    platform = _docker("version", "--format", "{{.Server.Platform.Name}}")
    # SAM knows DOCKER_HOST and not the contexts of the command.
    socket = _docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
    if "Docker Desktop" in platform or sys.platform != "linux":
        return Docker(socket, None)
    [network] = json.loads(_docker("network", "inspect", "bridge"))
    [address, *_] = network["IPAM"]["Config"]
    # Docker gives the first address to this machine, and does not always say so.
    return Docker(socket, address.get("Gateway") or str(ip_network(address["Subnet"])[1]))


def _docker(*arguments: str) -> str:
    try:
        result = subprocess.run(
            ["docker", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise StackError(_MISSING) from None
    return result.stdout.strip()


def main() -> int:
    """Whether there is an engine, as an exit status."""
    try:
        find_docker()
    except StackError as error:
        say(f"gorder: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
