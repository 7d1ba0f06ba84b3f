"""What LocalStack loads from us: the executor, and a place of its own for what S3 keeps."""

import tempfile
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]  # LocalStack is untyped
    """The entry point."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> type:
        """Give LocalStack the executor's class."""
        from devstack.localstack_executor.executor import (  # noqa: PLC0415 - LocalStack is not
            ProcessExecutor,  # ready for it when it looks for plug-ins
        )

        return ProcessExecutor


@hooks.on_infra_start()  # type: ignore[untyped-decorator]  # LocalStack is untyped
def keep_s3_objects_apart() -> None:
    """Let S3 use our TMPDIR: it would share one folder with every LocalStack of every user."""
    from localstack.services.s3 import provider  # noqa: PLC0415 - not ready at look-up time either

    provider.DEFAULT_S3_TMP_DIR = str(Path(tempfile.gettempdir()) / "s3")
