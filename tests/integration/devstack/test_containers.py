"""Finding Docker, and how its containers reach this machine."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack import sam_local
from devstack.console import StackError
from devstack.containers import HOST, Docker, find_docker
from devstack.state import LOOPBACK, ROOT, free_port
from devstack.template import resources
from tests.samples import names

type InstallDocker = Callable[..., None]

# A `docker` command that prints what the real one prints.
COMMAND = """#!/bin/sh
case "$1" in
version) echo '{platform}' ;;
context) echo unix:///run/docker.sock ;;
network) echo '[{{"IPAM": {{"Config": {addresses}}}}}]' ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallDocker:
    def install(platform: str, *addresses: dict[str, str]) -> None:
        program = tmp_path / "docker"
        program.write_text(COMMAND.format(platform=platform, addresses=json.dumps(addresses)))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


def test_on_linux_containers_reach_this_machine_at_the_gateway(
    docker: InstallDocker,
) -> None:
    docker("Docker Engine - Community", {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"})

    found = find_docker()

    assert found == Docker("unix:///run/docker.sock", "172.17.0.1")
    assert found.arguments == ["--add-host", f"{HOST}:172.17.0.1"]


def test_the_gateway_is_the_first_address_if_docker_does_not_print_it(
    docker: InstallDocker,
) -> None:
    docker("", {"Subnet": "172.18.0.0/16"})

    assert find_docker().gateway == "172.18.0.1"


def test_docker_desktop_needs_no_gateway(docker: InstallDocker) -> None:
    docker("Docker Desktop 4.50.0 (209931)", {"Subnet": "172.17.0.0/16"})

    found = find_docker()

    assert found.gateway is None
    assert found.arguments == []
    port = free_port(set())
    with found.reaching([port]), pytest.raises(ConnectionRefusedError):  # nothing is relayed
        socket.create_connection((LOOPBACK, port))


@pytest.mark.parametrize(
    "without",
    [{"PATH": str(Path(sys.executable).parent)}, {"DOCKER_HOST": "unix:///nowhere/docker.sock"}],
    ids=["no command", "no engine"],
)
def test_the_error_without_docker_is_one_line(
    without: dict[str, str],
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "devstack.containers"],
        cwd=ROOT,
        env={**os.environ, **without},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert "no Docker engine answers: install and start it" in line
    assert "`make up`, which needs none" in line


def test_docker_is_found_before_the_local_cloud_starts() -> None:
    plan = subprocess.run(
        ["/usr/bin/make", "--dry-run", "sam-local"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert plan.index("devstack.containers") < plan.index("devstack up")
    assert plan.index("devstack up") < plan.index("devstack.sam_local")


@pytest.mark.parametrize("name", names())
def test_every_sample_event_has_a_function_in_the_template(name: str) -> None:
    command, function, _, file = sam_local.invoke(name)

    assert command == "invoke"
    assert function in resources("AWS::Serverless::Function")
    assert Path(file).is_file()


def test_the_error_of_an_unknown_event_lists_the_events() -> None:
    with pytest.raises(StackError, match=r"(?s)E=EVENT, with one of.*create_order/two_products"):
        sam_local.invoke("create_order/nothing")
