"""Run a deployed function's handler in processes that are killed at a call to the outside.

As a program it reads lines of JSON, `[call, event]`, and runs the handler with each event in a
process of its own. The process gets SIGKILL when that call is sent, so it never has the answer.
Call 0 kills nothing. For each line it prints the number of calls that were sent, `killed` or
`failed`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.e2e.conftest import ShopClient
from tests.fakes.lambda_context import FakeContext

KILLED: Final = "killed"
_ROOT = Path(__file__).parents[2]
_SECONDS = 240

type Kill = tuple[int, dict[str, Any]]


def run_killed(shop: ShopClient, service: str, kills: list[Kill]) -> list[str]:
    """Run a function with its deployed settings; return what the program prints for each kill."""
    environment = {
        **os.environ,
        **{name: value for name, value in shop.environment.items() if name.startswith("AWS_")},
        **shop.function(service)["Environment"]["Variables"],
        "PYTHONPATH": os.pathsep.join([str(_ROOT / "layers" / "common"), str(_ROOT)]),
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", __name__, service],
        cwd=_ROOT,
        env=environment,
        input="".join(f"{json.dumps(kill)}\n" for kill in kills),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    results = done.stdout.split()
    assert len(results) == len(kills), done.stderr
    return results


class Calls:
    """Counts what the main thread sends on sockets. The drivers' other threads only watch servers.

    A request may be several calls: its head and its body.
    """

    def __init__(self, fatal: int) -> None:
        self.number = 0
        send_all = socket.socket.sendall

        def counting(connection: socket.socket, *arguments: Any) -> None:
            send_all(connection, *arguments)
            if threading.current_thread() is threading.main_thread():
                self.number += 1
                if self.number == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(socket.socket, "sendall", counting)  # noqa: B010 - mypy refuses the assignment


def _main(service: str) -> None:
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the function's logs
    handler = import_module(f"functions.{service}.app").handler
    for line in sys.stdin:
        call, event = json.loads(line)
        child = os.fork()
        if child == 0:
            calls = Calls(call)
            answer = handler(event, FakeContext())
            print("failed" if answer["batchItemFailures"] else calls.number, file=results)
            results.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == -signal.SIGKILL:
            print(KILLED, file=results, flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])
