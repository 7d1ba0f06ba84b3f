"""Manages one function process: start, invocation, timeout and exit."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from devstack.localstack_executor.runtime_api import (
    Invocation,
    InvocationResponse,
    RuntimeApi,
    error_response,
)

INIT_SECONDS = 60.0
"""Time limit for the function's import. AWS allows 10 s, on a core of its own."""
RESPONSE_LIMIT = 6 * 1024 * 1024

# Linux sends a child its parent-death signal when the *thread* that started it ends. So one thread
# that lives as long as LocalStack starts all of them.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lambda-spawner")


@dataclass(frozen=True)
class Launch:
    """How to start a function's process."""

    interpreter: Path
    handler: str
    code: Path
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        runtime = [str(self.interpreter), "-m", "awslambdaric", self.handler]
        return ["setpriv", "--pdeathsig", "KILL", "--", *runtime]

    def variables(self, runtime_api: str, opt: Path, tmp: Path) -> dict[str, str]:
        """Return all variables of the process, which inherits none. `opt` has the layers."""
        path = [str(self.code), str(opt / "python")]
        return {
            "PATH": f"/usr/local/bin:/usr/bin:/bin:{opt}/bin",
            "LANG": "en_US.UTF-8",
            "TMPDIR": str(tmp),
            "HOME": str(tmp),  # a uid without a passwd entry has no other
            "PYTHONUNBUFFERED": "1",
            **self.environment,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(self.code),
            "PYTHONPATH": os.pathsep.join(path),
        }


class InitError(Exception):
    """The function failed before it requested its first event. `body` is Lambda's error."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body.decode(errors="replace"))
        self.body = body


class FunctionProcess:
    """Runs a function as AWS does: one process, one event at a time, killed at its timeout."""

    def __init__(self, launch: Launch, opt: Path, tmp: Path) -> None:
        """Start the process. `opt` has the merged layers. `tmp` is created for this process."""
        tmp.mkdir()
        self._log = tmp.with_suffix(".output")
        self._log_read = 0
        self._events: queue.Queue[Invocation | None] = queue.Queue()
        self._initialised: Future[None] = Future()
        self._pending: tuple[str, Future[InvocationResponse]] | None = None
        self._waiting = threading.Event()  # the client waits for an event, so all output is written
        self._lock = threading.Lock()
        self._pid: Future[int] = Future()
        self._api = RuntimeApi(self)
        variables = launch.variables(self._api.address, opt, tmp)
        self._process = _spawner.submit(self._spawn, launch, variables).result()
        threading.Thread(target=self._watch, daemon=True).start()

    def _spawn(self, launch: Launch, variables: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                launch.command,
                env=variables,
                cwd=launch.code,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid.set_result(process.pid)
        return process

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def initialised(self) -> bool:
        return self._initialised.done()

    def wait_until_initialised(self) -> None:
        """Wait until the handler is imported.

        Raises:
            InitError: the import failed or took longer than INIT_SECONDS, or the process exited.
        """
        try:
            self._initialised.result(INIT_SECONDS)
        except TimeoutError:
            message = f"The function was not imported within {INIT_SECONDS:.0f} seconds"
            raise InitError(error_response("Sandbox.Timedout", message).body) from None

    def invoke(self, invocation: Invocation) -> InvocationResponse:
        """Pass an event to the function and wait for the response. At the timeout, kill it."""
        response: Future[InvocationResponse] = Future()
        with self._lock:
            self._pending = (invocation.request_id, response)
        if not self.alive:  # it exited while idle, before the watcher could see this invocation
            return error_response("Runtime.ExitError", "Runtime exited before the invocation")
        self._waiting.clear()
        self._events.put(invocation)
        try:
            result = response.result(invocation.timeout)
        except TimeoutError:
            self.kill()
            return self._timed_out(invocation)
        self._waiting.wait(1)
        if len(result.body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed ({RESPONSE_LIMIT} bytes)."
            return error_response("Function.ResponseSizeTooLarge", message)
        return result

    def take_output(self) -> str:
        """Return the function's output since the last call."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_read)
                output = log.read()
        except FileNotFoundError:  # the pool was closed during this invocation
            return ""
        self._log_read += len(output)
        return output.decode(errors="replace")

    def kill(self) -> None:
        """Kill the process and its children. Safe to repeat."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def has_socket(self, inode: str) -> bool:
        opened = Path(f"/proc/{self._pid.result()}/fd")
        with suppress(OSError):  # the process exited
            for file in opened.iterdir():
                with suppress(OSError):  # it was closed since
                    if str(file.readlink()) == f"socket:[{inode}]":
                        return True
        return False

    def next_invocation(self) -> tuple[Invocation, int] | None:
        self._waiting.set()
        with self._lock:
            if not self._initialised.done():
                self._initialised.set_result(None)
        invocation = self._events.get()
        if invocation is None:
            return None
        return invocation, int((time.time() + invocation.timeout) * 1000)

    def responded(self, request_id: str, response: InvocationResponse) -> None:
        with self._lock:
            if self._pending and self._pending[0] == request_id and not self._pending[1].done():
                self._pending[1].set_result(response)

    def init_failed(self, body: bytes) -> None:
        with self._lock:
            if not self._initialised.done():
                self._initialised.set_exception(InitError(body))

    def _watch(self) -> None:
        status = self._process.wait()
        how = f"signal {signal.strsignal(-status)}" if status < 0 else f"exit status {status}"
        failure = error_response("Runtime.ExitError", f"Runtime exited with error: {how}")
        self.init_failed(failure.body)
        with self._lock:
            if self._pending and not self._pending[1].done():
                self._pending[1].set_result(failure)
        self._waiting.set()
        self._events.put(None)
        self._api.close()

    def _timed_out(self, invocation: Invocation) -> InvocationResponse:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = (
            f"{now} {invocation.request_id} Task timed out after {invocation.timeout:.2f} seconds"
        )
        with self._log.open("ab") as log:
            log.write(f"{message}\n".encode())
        return error_response("Sandbox.Timedout", message)
