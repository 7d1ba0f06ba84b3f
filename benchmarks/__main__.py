"""Run the benchmark that the command line names."""

import sys
from importlib import import_module
from pathlib import Path

from devstack.console import StackError, exit_status

USAGE_ERROR = 2


def names() -> list[str]:
    """Return the names of the benchmarks."""
    return sorted(main.parent.name for main in Path(__file__).parent.glob("*/__main__.py"))


def main(arguments: list[str]) -> int:
    """Run a benchmark with the rest of the arguments, and return the exit status."""
    name = arguments[0] if arguments else ""
    if name not in names():
        exit_status(lambda: _refuse(name))
        return USAGE_ERROR
    status: int = import_module(f"benchmarks.{name}.__main__").main(arguments[1:])
    return status


def _refuse(name: str) -> None:
    problem = f"there is no benchmark {name!r}" if name else "name a benchmark"
    raise StackError(f"{problem}: make bench BENCH={'|'.join(names())}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
