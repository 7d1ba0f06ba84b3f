"""What the person at the terminal sees. Progress goes to stderr: stdout is for answers."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class StackError(Exception):
    """The local cloud cannot do what was asked. The message says why and what to do next."""


def say(message: str) -> None:
    """Print one line of progress."""
    sys.stderr.write(f"{message}\n")  # in one piece: several threads talk


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say when a step begins and how long it took."""
    started = time.monotonic()
    say(f"  … {name}")
    yield
    say(f"  ✓ {name} ({time.monotonic() - started:.1f} s)")
