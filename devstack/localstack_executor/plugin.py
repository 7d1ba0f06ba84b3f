"""The plug-ins that LocalStack loads: the executor, the guarded server, and corrections."""

import tempfile
from pathlib import Path
from typing import Any

from localstack.runtime import hooks
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

_POLL_SECONDS = 2


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]  # LocalStack is untyped
    """Registers the executor in LocalStack under the name `process`."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> type:
        """Return the executor's class."""
        from devstack.localstack_executor.executor import (  # noqa: PLC0415 - LocalStack looks
            ProcessExecutor,  # for plug-ins before its modules can be imported
        )

        return ProcessExecutor


class GuardedServerPlugin(RuntimeServerPlugin):  # type: ignore[misc]  # LocalStack is untyped
    """Registers the HTTP server in LocalStack under the name `guarded`."""

    name = "guarded"

    def load(self, *_args: object, **_kwargs: object) -> object:
        """Return the server."""
        from devstack.localstack_executor.guard import GuardedServer  # noqa: PLC0415 - see above

        return GuardedServer()


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def keep_s3_objects_apart() -> None:
    """Make S3 use TMPDIR. Its default folder is shared by every LocalStack of every user."""
    from localstack.services.s3 import provider  # noqa: PLC0415 - not importable when plug-ins are loaded

    provider.DEFAULT_S3_TMP_DIR = str(Path(tempfile.gettempdir()) / "s3")


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def state_source_addresses() -> None:
    """Make API Gateway state the address of its client, as on AWS. LocalStack states 127.0.0.1."""
    from localstack.services.apigateway.next_gen.execute_api.handlers.parse import (  # noqa: PLC0415 - see above
        InvocationRequestParser,
    )

    create = InvocationRequestParser.create_context_variables

    def with_source_address(context: Any) -> Any:  # noqa: ANN401 - LocalStack is untyped
        variables = create(context)
        variables["identity"]["sourceIp"] = context.request.remote_addr
        return variables

    InvocationRequestParser.create_context_variables = staticmethod(with_source_address)


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def log_to_the_functions_group() -> None:
    """Make a function log to the group of its LoggingConfig. LocalStack has a group of its own."""
    from localstack.services.lambda_.invocation.execution_environment import (  # noqa: PLC0415 - see above
        ExecutionEnvironment,
    )

    own_group = ExecutionEnvironment.get_log_group_name

    def log_group(environment: Any) -> Any:  # noqa: ANN401 - LocalStack is untyped
        stated = environment.function_version.config.logging_config.get("LogGroup")
        return stated or own_group(environment)

    ExecutionEnvironment.get_log_group_name = log_group


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def count_no_log_lines() -> None:
    """Evaluate no metric filters of logs.

    LocalStack takes every line for one that matches, and sends itself a request for each line and
    filter.
    """
    from localstack.services.logs import provider  # noqa: PLC0415 - see above

    provider.is_api_enabled = lambda _: False  # asked about CloudWatch's metrics only


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def count_no_invocations() -> None:
    """Record no metrics of functions. LocalStack sends itself a request for each invocation."""
    from localstack.services.lambda_.invocation import version_manager  # noqa: PLC0415 - see above

    version_manager.record_cw_metric_invocation = lambda **_: None
    version_manager.record_cw_metric_error = lambda **_: None


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def poll_queues_long() -> None:
    """Let event sources wait at an empty queue, as Lambda does. LocalStack asks again and again.

    A source that is disabled ends after its last poll, so it waits for less than Lambda's 20 s.
    """
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import (  # noqa: PLC0415 - see above
        SqsPoller,
    )

    poll = SqsPoller.poll_events

    def poll_longer(poller: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
        poller.maximum_batching_window = max(poller.maximum_batching_window, _POLL_SECONDS)
        poll(poller)

    SqsPoller.poll_events = poll_longer


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def end_last_polls() -> None:
    """Let a disabled event source end its last poll before LocalStack states that it is disabled.

    LocalStack states it at once, and consumes what arrives during that poll.
    """
    from localstack.services.lambda_.event_source_mapping.esm_worker import (  # noqa: PLC0415 - see above
        EsmWorker,
    )

    stop = EsmWorker.stop

    def stop_and_wait(worker: Any) -> None:  # noqa: ANN401 - LocalStack is untyped
        stop(worker)
        if polling := worker._poller_thread:  # noqa: SLF001 - LocalStack has no other way to wait
            polling.join()

    EsmWorker.stop = stop_and_wait
