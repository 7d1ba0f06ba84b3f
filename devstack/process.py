"""Servers as detached processes: started, recognised again, and stopped.

A server writes its own identity file before it becomes the server, so there is no moment in which
it runs and nobody knows. The identity has the start time, so a recycled pid is never taken for it.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devstack.console import StackError

_KILL_SECONDS = 10
# /proc/PID/stat: the 1st field is the pid, the 22nd the start time in clock ticks since boot.
_ANNOUNCE_AND_BECOME = """
identity=$1; shift
set_identity() { echo "$1 ${22}" > "$identity.new" && mv "$identity.new" "$identity"; }
set_identity $(cat /proc/$$/stat)
exec "$@"
"""


@dataclass(frozen=True)
class Process:
    """A process that cannot be confused with a later one of the same pid."""

    pid: int
    started: int

    @classmethod
    def read(cls, identity: Path) -> Self | None:
        """The process that wrote this file, if it still runs."""
        try:
            pid, started = identity.read_text().split()
        except FileNotFoundError:
            return None
        process = cls(int(pid), int(started))
        return process if process.running else None

    @property
    def running(self) -> bool:
        try:
            after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return after_name[0] != "Z" and int(after_name[19]) == self.started

    def stop(self, grace_seconds: float) -> None:
        """Ask it to end, and end it with its group when it has not after the grace period."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if not self.running:  # looked at after opening: the handle cannot be of another one
                return
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            if not _ended(handle, grace_seconds):
                os.killpg(self.pid, signal.SIGKILL)
                _ended(handle, _KILL_SECONDS)
        finally:
            os.close(handle)


def _ended(handle: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def start_detached(
    command: Sequence[str], *, identity: Path, log: Path, environment: Mapping[str, str], cwd: Path
) -> Process:
    """Start a server in a session of its own, with its output appended to the log.

    Raises:
        StackError: it ended at once, or did not come to life within 10 seconds.
    """
    identity.unlink(missing_ok=True)
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", "sh", "-c", _ANNOUNCE_AND_BECOME, "sh", str(identity), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=cwd,
            check=True,
        )
    deadline = time.monotonic() + 10
    while not identity.exists():
        if time.monotonic() > deadline:
            raise StackError(f"{command[0]} could not be started; see {log}")
        time.sleep(0.005)
    process = Process.read(identity)
    if process is None:
        raise StackError(f"{command[0]} ended at once; {tail(log)}")
    return process


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for an error message."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return f"the end of {log}:\n" + "\n".join(text.splitlines()[-lines:])
