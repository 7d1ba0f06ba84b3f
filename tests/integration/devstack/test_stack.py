"""The local cloud's servers: recognised, restarted and stopped."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import pymysql
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from devstack.console import StackError
from devstack.private_files import OTHERS
from devstack.process import Process, start_detached
from devstack.servers import STORES
from devstack.servers.mariadb import MariaDB
from devstack.servers.valkey import Valkey
from devstack.stack import Stack
from devstack.state import Directory, State, free_port, is_free


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "stack")
    yield stack
    stack.down()


def pids(stack: Stack) -> dict[str, int | None]:
    return {status.name: status.pid for status in stack.status()}


def connect(stack: Stack) -> pymysql.Connection:
    state = State.load(stack.directory.state)
    return pymysql.connect(
        host="127.0.0.1",
        port=state.ports["mariadb"],
        user="gorder",
        password=state.secrets.mysql_password,
        database="gorder",
    )


@pytest.mark.timeout(240)  # the first run may install MariaDB
def test_stores_have_every_committed_row_after_kill_9(stack: Stack) -> None:
    stack.up(STORES)
    with connect(stack) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n INT PRIMARY KEY)")
        cursor.execute("INSERT INTO kept VALUES (1), (2)")
        connection.commit()
    before = pids(stack)
    for server in ("mariadb", "valkey"):
        pid = before[server]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    stack.up(STORES)

    after = pids(stack)
    assert after["mongo"] == before["mongo"]  # a running server is not restarted
    assert after["mariadb"] not in {None, before["mariadb"]}
    assert after["valkey"] not in {None, before["valkey"]}
    with connect(stack) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept ORDER BY n")
        assert cursor.fetchall() == ((1,), (2,))

    stack.down()

    assert set(pids(stack).values()) == {None}


def test_a_server_that_hangs_is_restarted(stack: Stack) -> None:
    stack.up([Valkey])
    hung = pids(stack)["valkey"]
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)

    stack.up([Valkey])

    assert pids(stack)["valkey"] not in {None, hung}


class OpenValkey(Valkey):
    """A server of an earlier release: it asks for no password."""

    def command(self) -> list[str]:
        program, _, *options = super().command()
        return [program, *options]

    def problem(self) -> str | None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return None
        return "it does not listen yet"


def test_a_store_that_asks_for_no_password_is_restarted_with_one(stack: Stack) -> None:
    stack.up([OpenValkey])
    without = pids(stack)["valkey"]

    stack.up([Valkey])

    assert pids(stack)["valkey"] not in {None, without}
    port = State.load(stack.directory.state).ports["valkey"]
    with Redis(port=port) as redis, pytest.raises(AuthenticationError):
        redis.ping()
    with Redis.from_url(stack.store_env()["GORDER_REDIS_URL"]) as redis:
        assert redis.ping()


def test_a_directory_of_an_earlier_release_is_closed_to_others(stack: Stack) -> None:
    log = stack.directory.log("valkey")
    log.parent.mkdir(parents=True)
    log.touch(mode=0o644)
    stack.directory.path.chmod(0o755)

    stack.up([Valkey])

    assert stat.S_IMODE(stack.directory.path.stat().st_mode) == 0o700
    assert not stat.S_IMODE(log.stat().st_mode) & OTHERS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to another user")
def test_a_directory_of_another_user_is_refused(stack: Stack) -> None:
    stack.directory.path.mkdir()
    os.chown(stack.directory.path, 65_534, 65_534)

    with pytest.raises(StackError, match="belongs to another user: set GORDER_STATE_DIR"):
        stack.up([Valkey])

    os.chown(stack.directory.path, 0, 0)


@pytest.mark.parametrize(
    ("docker", "message"),
    [
        ("echo 'docker: unknown command: docker compose' >&2; exit 1", "unknown command: docker"),
        ('[ "$1" = compose ] || { echo Cannot connect >&2; exit 1; }', "Cannot connect"),
    ],
    ids=["no compose", "no engine"],
)
def test_compose_is_checked_before_a_server_is_stopped(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: str, message: str
) -> None:
    stack.up([Valkey])
    before = pids(stack)["valkey"]
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{docker}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(StackError, match=f"{message}.*Nothing was stopped"):
        Stack(stack.directory.path, docker=True).up()

    assert pids(stack)["valkey"] == before is not None


def test_another_port_is_used_if_the_port_is_taken(
    stack: Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    stack.up([Valkey])
    port = State.load(stack.directory.state).ports["valkey"]
    stack.down()
    with socket.create_server(("127.0.0.1", port)):
        stack.up([Valkey])

    chosen = State.load(stack.directory.state).ports["valkey"]
    assert chosen != port
    assert f"port {port} of valkey is taken by another process: using {chosen}" in (
        capfd.readouterr().err
    )


def test_two_runs_of_up_start_one_server(stack: Stack) -> None:
    others = [threading.Thread(target=Stack(stack.directory.path).up, args=([Valkey],))]
    others.append(threading.Thread(target=Stack(stack.directory.path).up, args=([Valkey],)))
    for other in others:
        other.start()
    for other in others:
        other.join()

    log = stack.directory.log("valkey").read_text()
    assert log.count("Ready to accept connections") == 1


def test_a_recycled_pid_is_another_process(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        identity = tmp_path / "identity"
        identity.write_text(f"{stranger.pid} 1")  # the same pid with another start time

        assert Process.read(identity) is None
        Process(stranger.pid, 1).stop(grace_seconds=1)
        assert stranger.poll() is None
        stranger.kill()


def test_a_server_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    server = start_detached(
        ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"],
        identity=tmp_path / "identity",
        log=tmp_path / "log",
        environment=dict(os.environ),
        cwd=tmp_path,
    )
    while "deaf" not in (tmp_path / "log").read_text():
        assert server.running

    server.stop(grace_seconds=0.2)

    assert not server.running


def test_the_error_of_a_server_that_ends_while_starting_has_its_log(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.make()
    state = State(ports={"valkey": free_port(set())})
    (directory.data("valkey")).write_text("a file where its directory should be")

    class Broken(Valkey):
        def prepare(self) -> None:
            """Leave the file there."""

    with pytest.raises(StackError, match=r"(?s)ended.*valkey\.log"):
        Broken(directory, state).start()


def test_mariadb_listens_on_loopback_only_and_refuses_root(stack: Stack) -> None:
    stack.up([MariaDB])
    port = State.load(stack.directory.state).ports["mariadb"]

    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=port, user="root")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)
    assert not is_free(port)


def test_env_of_a_stack_that_is_down_names_make_up(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devstack.env"]
    result = subprocess.run(  # noqa: S603 - the line above
        command,
        env={**os.environ, "GORDER_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert "make up" in result.stderr


def test_mariadb_keeps_the_temporary_files_of_other_servers(stack: Stack) -> None:
    # A starting server deletes each file with such a name in its temporary directory.
    with NamedTemporaryFile(prefix="#sql-temptable-", suffix=".MAD") as other:
        stack.up([MariaDB])

        assert Path(other.name).exists()
