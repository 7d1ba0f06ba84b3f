"""Shares a few processes of a function version among its LocalStack environments.

LocalStack opens an environment for each concurrent request. Forty concurrent requests would start
forty interpreters, which time out on two cores. With the pool they wait for a few warm processes.
"""

import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from devstack.localstack_executor.process import FunctionProcess, InitError, Launch
from devstack.localstack_executor.runtime_api import Invocation, InvocationResponse
from devstack.localstack_executor.xray import XRayClient


class PoolClosedError(Exception):
    """The pool was closed while an invocation waited for a process."""


class ProcessPool:
    """Manages up to `limit` processes, started on demand and never more than the pool's users."""

    def __init__(self, launch: Launch, opt: Path, limit: int, log: Path, xray: XRayClient) -> None:
        """Make a pool without processes. `opt` has the merged layers."""
        self._workspace = Path(tempfile.mkdtemp(prefix="lambda-"))
        self._opt = opt
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
        """Add a user."""
        with self._changed:
            self._users += 1

    def leave(self) -> bool:
        """Remove a user. The last one closes the pool. Returns whether the pool is closed."""
        with self._changed:
            self._users -= 1
            closed = self._users == 0
            surplus = self._take_surplus()
            self._changed.notify_all()
        for process in surplus:
            process.kill()
        if closed:
            shutil.rmtree(self._workspace, ignore_errors=True)
        return closed

    def _take_surplus(self) -> list[FunctionProcess]:
        if self._users == 0:
            return [*self._idle, *self._busy]
        count = max(0, len(self._idle) + len(self._busy) - self._users)
        surplus, self._idle = self._idle[:count], self._idle[count:]
        return surplus

    def invoke(self, invocation: Invocation) -> tuple[InvocationResponse, str]:
        """Invoke the function. Returns its response and its output during the invocation.

        Raises:
            InitError: a new process was needed and failed to start.
            PoolClosedError: the pool was closed before a process was free.
        """
        process = self._borrow()
        response: InvocationResponse | None = None
        try:
            response = self._invoke_traced(process, invocation)
        finally:
            output = process.take_output()
            self._append_to_log(output)
            self._give_back(process, usable=response is not None)
        return response, output

    def _invoke_traced(
        self, process: FunctionProcess, invocation: Invocation
    ) -> InvocationResponse:
        segment = self._xray.begin_segment(invocation)
        try:
            if not process.initialised:
                process.wait_until_initialised()
                segment.add_initialisation()
        except InitError as failure:
            segment.end(failure.body)
            raise
        response = process.invoke(replace(invocation, trace_header=segment.trace_header))
        segment.end(response.body if response.is_error else None)
        return response

    def _borrow(self) -> FunctionProcess:
        with self._changed:
            self._changed.wait_for(
                lambda: not self._users or self._idle or len(self._busy) < self._limit
            )
            if not self._users:
                raise PoolClosedError
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
        """Append an invocation's output in one write, so that invocations do not interleave."""
        with self._log.open("ab", buffering=0) as log:
            log.write(output.encode())
