"""`make logs`: follow the log of a function or of a server."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from devstack.console import StackError, exit_status, say
from devstack.private_files import set_private_umask
from devstack.sam import STACK
from devstack.state import ROOT, Directory, State
from devstack.template import function_id

_LINES = 100


def main() -> None:
    """Print the names of all logs, or replace this process by one that follows a log."""
    parser = argparse.ArgumentParser(prog="devstack.logs", description=__doc__)
    parser.add_argument("name", nargs="?", help="create_order, mariadb, ...; without: list them")
    name = parser.parse_args().name
    set_private_umask()
    directory = Directory.default()
    servers = sorted(log.stem for log in (directory.path / "logs").glob("*.log"))
    functions = sorted(app.parent.name for app in (ROOT / "functions").glob("*/app.py"))
    if name is None:
        print("make logs F=NAME, with one of:", *functions, *servers, sep="\n  ")
    elif name in functions:
        _follow(function_logs(directory, name))
    elif name in servers:
        _follow([directory.log(name)])
    else:
        raise StackError(
            f"There is no log of {name!r}: `make logs` lists the functions and servers"
        )


def function_logs(directory: Directory, folder: str) -> list[Path]:
    """Return the logs to follow: the deployed function's, after an earlier one if it is empty.

    A function has a new name, and so a new log, each time it is deployed to a new LocalStack.

    Raises:
        StackError: the function was never deployed here.
    """
    deployed = State.load(directory.state).deployment
    name = deployed.functions.get(folder) if deployed else None
    current = directory.function_logs / f"{name}.log"
    logs = directory.function_logs.glob(f"{STACK}-{function_id(folder)}-*.log")
    earlier = sorted((log for log in logs if log != current), key=lambda log: log.stat().st_mtime)
    if earlier:
        say("\n  ".join([f"Earlier logs of {folder}, the newest last:", *map(str, earlier)]))
    if name is None:
        if not earlier:
            raise StackError(f"{folder} is not deployed, and there is no log of it: make up")
        return earlier[-1:]
    if current.exists():
        return [current]
    say(f"{folder} has not been invoked since it was deployed; waiting for its first invocation")
    current.touch()  # `tail` reports a file that does not exist as an error
    return [*earlier[-1:], current]


def _follow(logs: Sequence[Path]) -> None:
    command = ["tail", "--quiet", f"--lines={_LINES}", "-F", *map(str, logs)]
    os.execvp(command[0], command)  # noqa: S606 - it takes over the terminal


if __name__ == "__main__":
    sys.exit(exit_status(main))
