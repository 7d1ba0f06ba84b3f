"""Adapts LocalStack's execution environments to the process pool.

The executor runs inside LocalStack. It replaces the HTTP calls of LocalStack's own init process
(ready, invoke, logs) by function calls.
"""

import os
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import (
    ShutdownDuringStartup,
    StatusErrorException,
)
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from devstack.localstack_executor.built_code import BuiltCode, digest
from devstack.localstack_executor.layers import merged
from devstack.localstack_executor.pool import PoolClosedError, ProcessPool
from devstack.localstack_executor.process import InitError, Launch
from devstack.localstack_executor.runtime_api import LOOPBACK, Invocation, error_response
from devstack.localstack_executor.xray import XRayClient

RUNTIMES = Path(os.environ["LAMBDA_PROCESS_RUNTIMES"])
"""`<runtime>/bin/python` has the packages of AWS's runtime only: awslambdaric and boto3."""
LOGS = Path(os.environ["LAMBDA_PROCESS_LOGS"])
LIMIT = int(os.environ["LAMBDA_PROCESS_LIMIT"])
XRAY = os.environ["LAMBDA_PROCESS_XRAY"]
"""The X-Ray daemon's `host:port`."""
BUILT = Path(os.environ["LAMBDA_PROCESS_BUILT"])
"""The file in which `make up` records what it has built."""
KEYS = {
    "AWS_ACCESS_KEY_ID": os.environ["STACK_ACCESS_KEY_ID"],
    "AWS_SECRET_ACCESS_KEY": os.environ["STACK_SECRET_ACCESS_KEY"],
}
_REPLACED = {*KEYS, "AWS_SESSION_TOKEN"}  # keys of the role; the guard accepts the stack's only

_pools: dict[str, ProcessPool] = {}
_pools_lock = threading.Lock()


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc]  # LocalStack is untyped
    """An execution environment of LocalStack. It borrows a process for each invocation.

    It has no pool, and refuses every invocation, if the function is not one that `make up` has
    built.
    """

    _pool: ProcessPool | None = None
    _refusal = ""

    def start(self, env_vars: dict[str, Any]) -> None:
        """Join the pool of the function version. The first environment opens it."""
        self._refusal = self._difference()
        if self._refusal:
            return
        own = {name: str(value) for name, value in env_vars.items() if name not in _REPLACED}
        environment = own | KEYS
        with _pools_lock:
            pool = _pools.get(self._version)
            if pool is None:
                pool = _pools[self._version] = self._open_pool(environment)
            pool.join()
        self._pool = pool

    def stop(self) -> None:
        """Leave the pool. The last environment closes it, which aborts running invocations."""
        with _pools_lock:
            if self._pool and self._pool.leave():
                _pools.pop(self._version, None)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Invoke the function as soon as a process is free."""
        settings = self.function_version.config
        if self._pool is None:
            refusal = error_response("NotBuiltError", self._refusal)
            raise StatusErrorException("Environment startup failed", payload=refusal.body)
        invocation = Invocation(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_header=payload["trace-id"],
            payload=payload["payload"].encode(),
            timeout=settings.timeout,
        )
        started = time.monotonic()
        try:
            response, output = self._pool.invoke(invocation)
        except InitError as failure:
            raise StatusErrorException("Environment startup failed", payload=failure.body) from None
        except PoolClosedError:
            raise ShutdownDuringStartup("The function's version was removed") from None
        logs = (
            f"START RequestId: {invocation.request_id}\n{output}"
            f"END RequestId: {invocation.request_id}\n"
            f"REPORT RequestId: {invocation.request_id}\t"
            f"Duration: {(time.monotonic() - started) * 1000:.2f} ms\t"
            f"Memory Size: {settings.memory_size} MB\n"
        )
        return InvocationResult(
            invocation.request_id, response.body, is_error=response.is_error, logs=logs
        )

    def _difference(self) -> str:
        """Return why the function must not run, or an empty string."""
        settings = self.function_version.config
        digests = [_digest(code) for code in _codes(settings)]
        built = BuiltCode.read(BUILT)
        found = built.difference(settings.handler, settings.environment or (), digests)
        return found and (
            f"{self.function_version.id.function_name} is not run, because its {found} is not what "
            "`make up` has built: change template.yaml or functions/, then: make up"
        )

    @property
    def _version(self) -> str:
        version = self.function_version
        return f"{version.qualified_arn}@{version.config.revision_id}"

    def _open_pool(self, environment: dict[str, str]) -> ProcessPool:
        settings = self.function_version.config
        code = settings.code.get_unzipped_code_location()
        launch = Launch(
            interpreter=_interpreter(settings.runtime),
            handler=settings.handler,
            code=code,
            environment={**environment, "AWS_XRAY_DAEMON_ADDRESS": XRAY},
        )
        opt = merged(tuple(each.code.get_unzipped_code_location() for each in settings.layers))
        function = self.function_version.id.function_name
        xray = XRayClient(environment.get("POWERTOOLS_SERVICE_NAME", function), XRAY)
        return ProcessPool(launch, opt, LIMIT, LOGS / f"{function}.log", xray)

    def get_address(self) -> str:
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        return f"http://{LOOPBACK}:{config.GATEWAY_LISTEN[0].port}/unused"

    def get_logs(self) -> str:
        """Return nothing, because output belongs to an invocation, not to an environment."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
        """Unpack code and layers, and compute their digests, which takes a second.

        Raises:
            LambdaRuntimeException: no interpreter is installed for the function's runtime.
        """
        settings = function_version.config
        _interpreter(settings.runtime)
        for code in _codes(settings):
            code.prepare_for_execution()
            _digest(code)

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
        """Do nothing, because the last environment to stop cleans up."""


def _codes(settings: Any) -> list[Any]:  # noqa: ANN401 - LocalStack is untyped
    return [settings.code, *(layer.code for layer in settings.layers)]


def _digest(code: Any) -> str:  # noqa: ANN401 - LocalStack is untyped
    if code.is_hot_reloading():
        return ""  # the code may change after the check, so it matches no digest
    return _digest_of(code.get_unzipped_code_location())


@cache
def _digest_of(unzipped: Path) -> str:
    """Return the digest of unpacked code. Each upload has a folder of its own."""
    return digest(unzipped)


def _interpreter(runtime: str) -> Path:
    python = RUNTIMES / runtime / "bin" / "python"
    if not python.exists():
        raise LambdaRuntimeException(f"No interpreter for {runtime}: {python} does not exist")
    return python
