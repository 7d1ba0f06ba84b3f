"""`make status`: each server of the local cloud, the pages, and the deployment."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from devstack import deployment
from devstack.console import exit_status
from devstack.process import Process
from devstack.servers import servers_of
from devstack.servers.base import Server
from devstack.state import Directory, State
from devstack.web import WEB

TEMPLATE = "template.yaml"
PAGES = WEB.folder.name


@dataclass(frozen=True)
class ServerStatus:
    """A line of `make status`. `problem` is None if nothing has to be done."""

    name: str
    pid: int | None
    port: int | None
    problem: str | None


def main() -> int:
    """Print the status of each server; 1 if one needs `make up`."""
    report = statuses(Directory.default(), deployment.parameters())
    print(f"{'NAME':15} {'PID':>8} {'PORT':>6}  STATUS")
    for status in report:
        print(f"{status.name:15} {status.pid or '-':>8} {status.port or '-':>6}  {_text(status)}")
    return 1 if any(status.problem for status in report) else 0


def _text(status: ServerStatus) -> str:
    if status.problem:
        return f"{status.problem} → make up"
    return {TEMPLATE: "deployed", PAGES: "built"}.get(status.name, "running")


def statuses(directory: Directory, parameters: Mapping[str, str]) -> list[ServerStatus]:
    """Return the status of each server, of the pages, and of the deployment with the parameters."""
    state = State.load(directory.state)
    servers = [server_class(directory, state) for server_class in servers_of(state)]
    problem = deployment_problem(directory, state, deployment.code(parameters))
    return [
        *(_of_server(server, state) for server in servers),
        ServerStatus(PAGES, None, None, WEB.problem()),
        ServerStatus(TEMPLATE, None, None, problem),
    ]


def _of_server(server: Server, state: State) -> ServerStatus:
    port = state.ports.get(server.name)
    process = server.process
    if process is None or port is None:
        return ServerStatus(server.name, None, port, "not running")
    return ServerStatus(server.name, process.pid, port, server.problem())


def deployment_problem(directory: Directory, state: State, code: str) -> str | None:
    """Return why this code has to be deployed to the running LocalStack, or None if it is there."""
    deployed = state.deployment
    localstack = Process.read(directory.identity("localstack"))
    if localstack is None or deployed is None or deployed.localstack != localstack:
        return "not deployed"
    if not deployed.code:
        return "not deployed completely"
    return None if deployed.code == code else "changed since it was deployed"


if __name__ == "__main__":
    sys.exit(exit_status(main))
