"""The base class of the local cloud's servers."""

import os
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from devstack.console import StackError, step
from devstack.process import Process, start_detached, tail
from devstack.state import ROOT, Directory, State


class Server(ABC):
    """A server of the local cloud. It keeps running after the command that started it."""

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 30
    stop_seconds: ClassVar[float] = 15

    def __init__(self, directory: Directory, state: State) -> None:
        self._directory = directory
        self._state = state
        self.data = directory.data(self.name)
        self.log = directory.log(self.name)

    @property
    def port(self) -> int:
        return self._state.ports[self.name]

    @property
    def process(self) -> Process | None:
        """The running process, or None."""
        return Process.read(self._directory.identity(self.name))

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line. Called after `prepare`."""

    @abstractmethod
    def problem(self) -> str | None:
        """Send a request in the server's own protocol; return what is wrong, or None."""

    def prepare(self) -> None:
        """Create what the server needs on disk."""
        self.data.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StackError: it ended, or did not answer in time. The message ends with its log.
        """
        with step(f"start {self.name} on port {self.port}"):
            self.prepare()
            process = start_detached(
                self.command(),
                identity=self._directory.identity(self.name),
                log=self.log,
                environment=self.environment(),
                cwd=ROOT,
            )
            self._wait_until_healthy(process)

    def _wait_until_healthy(self, process: Process) -> None:
        deadline = time.monotonic() + self.start_seconds
        while problem := self.problem():
            if not process.running:
                raise StackError(f"{self.name} ended while starting; {tail(self.log)}")
            if time.monotonic() > deadline:
                process.stop(self.stop_seconds)
                raise StackError(
                    f"{self.name} did not answer within {self.start_seconds:.0f} s ({problem}); "
                    + tail(self.log)
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, and kill it if that takes longer than `stop_seconds`."""
        if process := self.process:
            process.stop(self.stop_seconds)

    def kill(self) -> None:
        """Stop a server that does not answer: it has one second."""
        if process := self.process:
            process.stop(grace_seconds=1)
