"""The plug-ins that LocalStack loads: the executor, and a private folder for S3 objects."""

import tempfile
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]  # LocalStack is untyped
    """Registers the executor in LocalStack under the name `process`."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> type:
        """Return the executor's class."""
        from devstack.localstack_executor.executor import (  # noqa: PLC0415 - LocalStack looks
            ProcessExecutor,  # for plug-ins before its modules can be imported
        )

        return ProcessExecutor


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def keep_s3_objects_apart() -> None:
    """Make S3 use TMPDIR. Its default folder is shared by every LocalStack of every user."""
    from localstack.services.s3 import provider  # noqa: PLC0415 - not importable when plug-ins are loaded

    provider.DEFAULT_S3_TMP_DIR = str(Path(tempfile.gettempdir()) / "s3")
