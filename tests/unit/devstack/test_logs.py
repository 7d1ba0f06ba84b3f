"""Which files `make logs F=<function>` follows."""

import os
from pathlib import Path

import pytest

from devstack.console import StackError
from devstack.logs import function_logs
from devstack.process import Process
from devstack.state import Deployment, Directory, State

DEPLOYED = "gorder-CreateOrderFunction-3"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    directory = Directory(tmp_path)
    directory.make()
    return directory


def deploy(directory: Directory) -> None:
    deployment = Deployment(
        localstack=Process(1, 1), wiring="", functions={"create_order": DEPLOYED}
    )
    State(deployment=deployment).save(directory.state)


def write(directory: Directory, name: str, *, age: int) -> Path:
    log = directory.function_logs / f"{name}.log"
    log.write_text(f"{name}\n")
    modified = log.stat().st_mtime - age
    os.utime(log, (modified, modified))
    return log


def test_the_deployed_functions_log_is_followed(directory: Directory) -> None:
    deploy(directory)
    log = write(directory, DEPLOYED, age=0)

    assert function_logs(directory, "create_order") == [log]


def test_earlier_logs_are_named(directory: Directory, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(directory)
    newer = write(directory, "gorder-CreateOrderFunction-1", age=10)
    older = write(directory, "gorder-CreateOrderFunction-2", age=20)
    write(directory, "gorder-GetOrderFunction-1", age=5)
    log = write(directory, DEPLOYED, age=0)

    assert function_logs(directory, "create_order") == [log]
    assert capsys.readouterr().err.splitlines() == [
        "Earlier logs of create_order, the newest last:",
        f"  {older}",
        f"  {newer}",
    ]


def test_a_function_not_yet_invoked_shows_its_newest_earlier_log(
    directory: Directory, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(directory)
    earlier = write(directory, "gorder-CreateOrderFunction-1", age=10)

    *shown, current = function_logs(directory, "create_order")

    assert shown == [earlier]
    assert current == directory.function_logs / f"{DEPLOYED}.log"
    assert current.exists()  # else `tail` prints an error
    assert "has not been invoked since it was deployed" in capsys.readouterr().err


def test_without_a_deployment_the_newest_log_is_followed(directory: Directory) -> None:
    write(directory, "gorder-CreateOrderFunction-1", age=20)
    newest = write(directory, "gorder-CreateOrderFunction-2", age=10)

    assert function_logs(directory, "create_order") == [newest]


def test_a_function_that_was_never_deployed_has_no_log(directory: Directory) -> None:
    with pytest.raises(StackError, match=r"create_order is not deployed.*make up"):
        function_logs(directory, "create_order")
