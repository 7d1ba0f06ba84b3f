"""compose.yaml has every server, with the settings that it has without Docker."""

import re
from pathlib import Path

import yaml

from devstack.servers import SERVERS, SERVERS_IN_DOCKER
from devstack.servers.compose import ComposeLocalStack, ComposeService
from devstack.servers.localstack import LocalStack
from devstack.state import ROOT, Directory, State

TEXT = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
STATE = State(ports={server.name: 20_000 + number for number, server in enumerate(SERVERS)})


def test_every_server_is_a_service_or_runs_without_docker() -> None:
    assert [server.name for server in SERVERS_IN_DOCKER] == [server.name for server in SERVERS]
    assert set(SERVICES) == {
        server.name for server in SERVERS_IN_DOCKER if issubclass(server, ComposeService)
    }


def test_every_variable_is_set(tmp_path: Path) -> None:
    given = ComposeLocalStack(Directory(tmp_path), STATE).environment()

    assert set(re.findall(r"\$\{(\w+)\}", TEXT)) <= given.keys()


def test_localstack_has_the_same_variables_in_docker(tmp_path: Path) -> None:
    without = LocalStack(Directory(tmp_path), STATE).environment()

    assert set(SERVICES["localstack"]["environment"]) == without.keys() - {"PATH", "HOME", "LANG"}


def test_a_service_is_started_by_name_and_has_its_own_data(tmp_path: Path) -> None:
    server = ComposeLocalStack(Directory(tmp_path), STATE)

    assert server.command()[:2] == ["docker", "compose"]
    assert server.command()[-1] == "localstack"
    assert server.environment()["FILESYSTEM_ROOT"] == str(tmp_path / "data" / "docker-localstack")


def test_every_server_listens_on_loopback_only() -> None:
    assert all(service["network_mode"] == "host" for service in SERVICES.values())
    for name in ("mariadb", "valkey", "mongo"):
        assert "127.0.0.1" in str(SERVICES[name]["command"])
    listens = LocalStack(Directory(Path("x")), STATE).environment()["GATEWAY_LISTEN"]
    assert listens.startswith("127.0.0.1:")
