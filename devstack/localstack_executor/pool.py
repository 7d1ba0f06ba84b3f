"""A few processes of one function version, shared by all environments LocalStack opens for it.

LocalStack opens an environment for each simultaneous request. Forty buyers at once would start
forty interpreters, and on two cores all would time out; here the forty wait for a few warm ones.
"""

import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from devstack.localstack_executor.process import FunctionProcess, InitError, Launch
from devstack.localstack_executor.runtime_api import Answer, Invocation
from devstack.localstack_executor.xray import XRay


def merge_layers(layers: Sequence[Path], target: Path) -> None:
    """Lay the layers over each other, later ones on top, as AWS does on /opt."""
    target.mkdir(parents=True)
    for layer in layers:
        shutil.copytree(layer, target, dirs_exist_ok=True)


class PoolClosed(Exception):
    """The last user left while an invocation waited."""


class ProcessPool:
    """At most `limit` processes, started on demand and never kept beyond the number of users."""

    def __init__(
        self, launch: Launch, layers: Sequence[Path], limit: int, log: Path, xray: XRay
    ) -> None:
        self._workspace = Path(tempfile.mkdtemp(prefix="lambda-"))
        self._opt = self._workspace / "opt"
        merge_layers(layers, self._opt)
        self._launch = launch
        self._limit = limit
        self._log = log
        self._xray = xray
        self._changed = threading.Condition()
        self._users = 0
        self._started = 0
        self._idle: list[FunctionProcess] = []  # the last one is the warmest
        self._busy: set[FunctionProcess] = set()

    def join(self) -> None:
        """Register a user."""
        with self._changed:
            self._users += 1

    def leave(self) -> bool:
        """Take a user off; the last one closes the pool. True if it is closed now."""
        with self._changed:
            self._users -= 1
            closed = self._users == 0
            superfluous = self._take_superfluous()
            self._changed.notify_all()
        for process in superfluous:
            process.kill()
        if closed:
            shutil.rmtree(self._workspace, ignore_errors=True)
        return closed

    def _take_superfluous(self) -> list[FunctionProcess]:
        if self._users == 0:
            return [*self._idle, *self._busy]
        count = max(0, len(self._idle) + len(self._busy) - self._users)
        superfluous, self._idle = self._idle[:count], self._idle[count:]
        return superfluous

    def invoke(self, invocation: Invocation) -> tuple[Answer, str]:
        """Have one event handled; the answer, and what the function wrote meanwhile.

        Raises:
            InitError: a process was needed and did not come up.
            PoolClosed: the last user left first.
        """
        process = self._borrow()
        answer: Answer | None = None
        try:
            answer = self._traced(process, invocation)
        finally:
            output = process.take_output()
            self._append_to_log(output)
            self._give_back(process, usable=answer is not None)
        return answer, output

    def _traced(self, process: FunctionProcess, invocation: Invocation) -> Answer:
        segment = self._xray.begin(invocation)
        try:
            if not process.initialised:
                process.wait_until_initialised()
                segment.initialised()
        except InitError as failure:
            segment.end(failure.body)
            raise
        answer = process.invoke(replace(invocation, trace_header=segment.trace_header))
        segment.end(answer.body if answer.is_error else None)
        return answer

    def _borrow(self) -> FunctionProcess:
        with self._changed:
            self._changed.wait_for(
                lambda: not self._users or self._idle or len(self._busy) < self._limit
            )
            if not self._users:
                raise PoolClosed
            process = self._warm() or self._start()
            self._busy.add(process)
            return process

    def _warm(self) -> FunctionProcess | None:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
        return None

    def _start(self) -> FunctionProcess:
        self._started += 1
        return FunctionProcess(self._launch, self._opt, self._workspace / f"tmp{self._started}")

    def _give_back(self, process: FunctionProcess, *, usable: bool) -> None:
        with self._changed:
            self._busy.discard(process)
            keep = usable and process.alive and self._users > 0
            if keep:
                self._idle.append(process)
            self._changed.notify()
        if not keep:
            process.kill()

    def _append_to_log(self, output: str) -> None:
        """One write for all that an invocation wrote, so that no two are interleaved."""
        with self._log.open("ab", buffering=0) as log:
            log.write(output.encode())
