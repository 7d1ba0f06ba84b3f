"""`gorder` in processes of its own, forked from one that has imported it.

As a program it reads lines of JSON, `[arguments, environment, folder]`, and runs each in a process
whose output goes to the folder. For each line it prints the exit code.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

type Done = subprocess.CompletedProcess[str]


class ForkedProgram:
    """Runs `gorder` with arguments and an environment, without a terminal."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Done:
        """Run a command to its end."""
        assert self._parent.stdin
        assert self._parent.stdout
        with TemporaryDirectory() as folder:
            self._parent.stdin.write(f"{json.dumps([arguments, dict(environment), folder])}\n")
            self._parent.stdin.flush()
            code = int(self._parent.stdout.readline())
            output, errors = (Path(folder, name).read_text() for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(arguments, code, output, errors)

    def close(self) -> None:
        """End the process that has imported the program."""
        with self._parent:
            self._parent.communicate()


def _run(
    main: Callable[[], int], arguments: list[str], environment: dict[str, str], folder: str
) -> None:
    os.environ.clear()
    os.environ |= environment
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{folder}/{name}", os.O_CREAT | os.O_WRONLY), descriptor)
    sys.argv = ["gorder", *arguments]
    code = 1
    try:
        code = main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter does at the end of a program
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve() -> None:
    main = import_module("ops.__main__").main
    import_module("ops.offices")  # the services, for --stores
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(main, *json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=results, flush=True)


if __name__ == "__main__":
    _serve()
