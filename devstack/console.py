"""Output for the person at the terminal. Progress goes to stderr, results to stdout."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PROGRESS_SECONDS = 10.0


class StackError(Exception):
    """The local cloud cannot do what was asked. The message says why and what to do."""


def say(message: str) -> None:
    """Print one line of progress."""
    sys.stderr.write(f"{message}\n")  # one write: several threads print at the same time


def exit_status(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit status; print the message of a `StackError`."""
    try:
        return command() or 0
    except StackError as error:
        say(f"gorder: {error}")
        return 1
    except KeyboardInterrupt:
        say("gorder: interrupted; run the same command again to continue")
        return 130


@contextmanager
def step(name: str, detail: Callable[[], str] | None = None) -> Iterator[None]:
    """Print when a step begins, how long it has run every ten seconds, and how long it took.

    Args:
        name: what is done.
        detail: returns what is happening now, printed beside the seconds.
    """
    started = time.monotonic()
    done = threading.Event()

    def report() -> None:
        while not done.wait(PROGRESS_SECONDS):
            now = detail() if detail else ""
            seconds = f"{time.monotonic() - started:.0f} s"
            if not done.is_set():
                say(f"  … {name}: {', '.join(filter(None, (seconds, now)))}")

    say(f"  … {name}")
    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
    say(f"  ✓ {name} ({time.monotonic() - started:.1f} s)")
