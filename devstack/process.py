"""Start, recognise and stop servers as detached processes.

A server writes its identity file before it becomes the server, so a running server is never
unknown. The identity includes the start time, so a recycled pid is never mistaken for it.
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
_START_SECONDS = 10
# /proc/PID/stat: the 1st field is the pid, the 22nd the start time in clock ticks since boot.
_WRITE_IDENTITY_AND_EXEC = """
identity=$1; shift
set_identity() { echo "$1 ${22}" > "$identity.new" && mv "$identity.new" "$identity"; }
set_identity $(cat /proc/$$/stat)
exec "$@"
"""


@dataclass(frozen=True)
class Process:
    """A process, identified by its pid and start time."""

    pid: int
    started: int

    @classmethod
    def read(cls, identity: Path) -> Self | None:
        """Return the process that wrote this file, or None if it no longer runs."""
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
        """Send SIGTERM, and SIGKILL to its process group if it still runs after the grace period.

        It must lead its group, as every process started with `with_identity` in a new session does.
        """
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if not self.running:  # checked after opening: the handle cannot be another process's
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


def with_identity(command: Sequence[str], identity: Path) -> list[str]:
    """Return the command that writes its identity file and then becomes `command`."""
    return ["sh", "-c", _WRITE_IDENTITY_AND_EXEC, "sh", str(identity), *command]


def start_detached(
    command: Sequence[str], *, identity: Path, log: Path, environment: Mapping[str, str], cwd: Path
) -> Process:
    """Start a server in a session of its own, with its output appended to the log.

    Raises:
        StackError: it ended at once, or did not write its identity within 10 seconds.
    """
    identity.unlink(missing_ok=True)
    with log.open("ab") as output:
        subprocess.run(
            ["setsid", "--fork", *with_identity(command, identity)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=cwd,
            check=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not identity.exists():
        if time.monotonic() > deadline:
            raise StackError(f"{command[0]} could not be started; see {log}")
        time.sleep(0.005)
    process = Process.read(identity)
    if process is None:
        raise StackError(f"{command[0]} ended at once; {tail(log)}")
    return process


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log, for an error message."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return f"the last lines of {log}:\n" + "\n".join(text.splitlines()[-lines:])
