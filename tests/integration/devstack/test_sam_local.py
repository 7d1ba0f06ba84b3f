"""`make sam-local` and its end, with a program in SAM's place that serves a port."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.stack import Stack
from devstack.state import LOOPBACK, ROOT, Directory, free_port

# Serves a port until SIGTERM, on which it removes its "containers".
SAM = """
import os, signal, socket, sys, time
port, containers = int(sys.argv[1]), sys.argv[2]
def end(*_):
    os.remove(containers)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(containers, "w").close()
server = socket.create_server(("127.0.0.1", port))
while True:
    time.sleep(60)
"""
RUN = """
import os, sys
from pathlib import Path
from devstack.sam_local import run_in_foreground
sys.exit(run_in_foreground(sys.argv[2:], os.environ, Path(sys.argv[1])))
"""


class SamLocal:
    """`python -m devstack.sam_local` from where SAM is started."""

    def __init__(self, directory: Directory, folder: Path) -> None:
        self.port = free_port(set())
        self.containers = folder / "containers"
        self.identity = directory.sam_local_identity(self.port)
        sam = [sys.executable, "-c", SAM, str(self.port), str(self.containers)]
        self.process = subprocess.Popen(  # noqa: S603 - the line above
            [sys.executable, "-c", RUN, str(self.identity), *sam],
            cwd=ROOT,
            start_new_session=True,
        )
        eventually(self.serves)

    def serves(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex((LOOPBACK, self.port)) == 0


def eventually(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "stack")
    stack.directory.make()
    yield stack
    stack.down()


@pytest.fixture
def sam_local(stack: Stack, tmp_path: Path) -> SamLocal:
    return SamLocal(stack.directory, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_sam_which_removes_its_containers(
    sam_local: SamLocal, number: signal.Signals
) -> None:
    sam_local.process.send_signal(number)

    assert sam_local.process.wait(30) == 0
    assert not sam_local.serves()
    assert not sam_local.containers.exists()
    assert not sam_local.identity.exists()


def test_sam_ends_when_its_parent_is_killed(sam_local: SamLocal) -> None:
    sam_local.process.kill()
    sam_local.process.wait(30)

    eventually(lambda: not sam_local.containers.exists())
    eventually(lambda: not sam_local.serves())


def test_make_down_ends_sam(sam_local: SamLocal, stack: Stack) -> None:
    stack.down()

    assert not sam_local.serves()
    assert not sam_local.containers.exists()
    assert sam_local.process.wait(30) == 0


def test_two_apis_of_one_stack_both_end(tmp_path: Path, stack: Stack) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    apis = [SamLocal(stack.directory, tmp_path / name) for name in ("one", "two")]

    stack.down()

    assert [api.process.wait(30) for api in apis] == [0, 0]
    assert [api.serves() for api in apis] == [False, False]


def test_the_exit_status_is_sams(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, str(tmp_path / "identity"), "sh", "-c", "exit 3"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 3  # noqa: S603 - the line above
