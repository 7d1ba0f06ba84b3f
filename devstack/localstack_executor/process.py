"""One function process: started, given events one at a time, watched, and killed."""

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

from devstack.localstack_executor.runtime_api import Answer, Invocation, RuntimeApi, error

INIT_SECONDS = 60.0
"""How long the function's import may take. AWS allows 10 s, but gives it a core of its own."""
RESPONSE_LIMIT = 6 * 1024 * 1024

# Linux kills a child by its parent-death signal when the *thread* that started it ends, so all of
# them are started from one that lives as long as LocalStack.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lambda-spawner")


@dataclass(frozen=True)
class Launch:
    """How a function is started."""

    interpreter: Path
    handler: str
    code: Path
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        runtime = [str(self.interpreter), "-m", "awslambdaric", self.handler]
        return ["setpriv", "--pdeathsig", "KILL", "--", *runtime]

    def variables(self, runtime_api: str, opt: Path, tmp: Path) -> dict[str, str]:
        """The whole environment of the process: nothing is inherited. `opt` has the layers."""
        path = [str(self.code), str(opt / "python")]
        if own := self.environment.get("PYTHONPATH"):
            path.append(own)
        return {
            "PATH": f"/usr/local/bin:/usr/bin:/bin:{opt}/bin",
            "LANG": "en_US.UTF-8",
            "TMPDIR": str(tmp),
            "PYTHONUNBUFFERED": "1",
            **self.environment,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(self.code),
            "PYTHONPATH": os.pathsep.join(path),
        }


class InitError(Exception):
    """The function did not get as far as asking for an event. `body` is Lambda's error."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body.decode(errors="replace"))
        self.body = body


class FunctionProcess:
    """A function as AWS runs it: one process, one event at a time, killed when it overruns."""

    def __init__(self, launch: Launch, opt: Path, tmp: Path) -> None:
        """Start it. `opt` holds the merged layers; `tmp` is its own and is made here."""
        tmp.mkdir()
        self._log = tmp.with_suffix(".output")
        self._log_read = 0
        self._events: queue.Queue[Invocation | None] = queue.Queue()
        self._initialised: Future[None] = Future()
        self._answer: tuple[str, Future[Answer]] | None = None
        self._asking = threading.Event()  # the client waits for an event: all output is written
        self._lock = threading.Lock()
        self._api = RuntimeApi(self)
        variables = launch.variables(self._api.address, opt, tmp)
        self._process = _spawner.submit(self._spawn, launch, variables).result()
        threading.Thread(target=self._watch, daemon=True).start()

    def _spawn(self, launch: Launch, variables: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                launch.command,
                env=variables,
                cwd=launch.code,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def initialised(self) -> bool:
        return self._initialised.done()

    def wait_until_initialised(self) -> None:
        """Wait for the handler's import.

        Raises:
            InitError: it failed, the process ended, or it took longer than INIT_SECONDS.
        """
        try:
            self._initialised.result(INIT_SECONDS)
        except TimeoutError:
            message = f"The function was not imported within {INIT_SECONDS:.0f} seconds"
            raise InitError(error("Sandbox.Timedout", message).body) from None

    def invoke(self, invocation: Invocation) -> Answer:
        """Hand over one event and wait for the answer; past its time the process is killed."""
        answer: Future[Answer] = Future()
        with self._lock:
            self._answer = (invocation.request_id, answer)
        if not self.alive:  # ended while idle, and the watcher has looked already
            return error("Runtime.ExitError", "Runtime exited before the invocation")
        self._asking.clear()
        self._events.put(invocation)
        try:
            result = answer.result(invocation.timeout)
        except TimeoutError:
            self.kill()
            return self._timed_out(invocation)
        self._asking.wait(1)
        if len(result.body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed ({RESPONSE_LIMIT} bytes)."
            return error("Function.ResponseSizeTooLarge", message)
        return result

    def take_output(self) -> str:
        """What the function has written since the last call."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_read)
                output = log.read()
        except FileNotFoundError:  # the pool was closed over this invocation
            return ""
        self._log_read += len(output)
        return output.decode(errors="replace")

    def kill(self) -> None:
        """End the process and whatever it started. Safe to repeat."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def next_invocation(self) -> tuple[Invocation, int] | None:
        self._asking.set()
        with self._lock:
            if not self._initialised.done():
                self._initialised.set_result(None)
        invocation = self._events.get()
        if invocation is None:
            return None
        return invocation, int((time.time() + invocation.timeout) * 1000)

    def answered(self, request_id: str, answer: Answer) -> None:
        with self._lock:
            if self._answer and self._answer[0] == request_id and not self._answer[1].done():
                self._answer[1].set_result(answer)

    def init_failed(self, body: bytes) -> None:
        with self._lock:
            if not self._initialised.done():
                self._initialised.set_exception(InitError(body))

    def _watch(self) -> None:
        status = self._process.wait()
        how = f"signal {signal.strsignal(-status)}" if status < 0 else f"exit status {status}"
        failure = error("Runtime.ExitError", f"Runtime exited with error: {how}")
        self.init_failed(failure.body)
        with self._lock:
            if self._answer and not self._answer[1].done():
                self._answer[1].set_result(failure)
        self._asking.set()
        self._events.put(None)
        self._api.close()

    def _timed_out(self, invocation: Invocation) -> Answer:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = (
            f"{now} {invocation.request_id} Task timed out after {invocation.timeout:.2f} seconds"
        )
        with self._log.open("ab") as log:
            log.write(f"{message}\n".encode())
        return error("Sandbox.Timedout", message)
