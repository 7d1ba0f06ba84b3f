"""LocalStack in host mode: API Gateway, Lambda, SNS, SQS, Secrets Manager, CloudFormation."""

import os
import shutil
from typing import ClassVar, override

import httpx

from devstack import tools
from devstack.sam import ACCESS_KEY_ID
from devstack.servers.base import Server
from devstack.state import LOOPBACK

PROCESSES_PER_FUNCTION = 2 * (os.cpu_count() or 1)


class LocalStack(Server):
    """LocalStack without Docker: functions are local processes. It stores nothing on disk."""

    name = "localstack"
    start_seconds: ClassVar[float] = 180  # a minute on two busy cores
    stop_seconds: ClassVar[float] = 3  # it needs up to 17 s, to save state that is not kept

    @override
    def prepare(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        (self.data / "tmp").mkdir(parents=True)
        self._directory.built.unlink(missing_ok=True)

    @override
    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)  # nothing in it is used by the next one

    @override
    def command(self) -> list[str]:
        python = tools.environment("localstack") / "bin" / "python"
        return [str(python), "-m", "localstack.runtime.main"]

    @override
    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "GATEWAY_LISTEN": f"{LOOPBACK}:{self.port}",
            "GATEWAY_SERVER": "guarded",  # devstack/localstack_executor/guard.py
            "STACK_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "STACK_SECRET_ACCESS_KEY": self._state.secrets.aws_secret_access_key,
            "LOCALSTACK_HOST": f"{LOOPBACK}:{self.port}",
            "FILESYSTEM_ROOT": str(self.data),
            "TMPDIR": str(self.data / "tmp"),
            "OVERRIDE_IN_DOCKER": "0",
            "DNS_ADDRESS": "0",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            # LocalStack sends itself five requests of CloudWatch for each message.
            "SQS_DISABLE_CLOUDWATCH_METRICS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_RUNTIMES": str(tools.environment("runtime").parent),
            "LAMBDA_PROCESS_LOGS": str(self._directory.function_logs),
            "LAMBDA_PROCESS_BUILT": str(self._directory.built),
            "LAMBDA_PROCESS_LIMIT": str(PROCESSES_PER_FUNCTION),
            "LAMBDA_PROCESS_XRAY": f"{LOOPBACK}:{self._state.ports['xray']}",
            "LAMBDA_KEEPALIVE_MS": "300000",
            # AWS does not wait between polls; LocalStack would, a second and more.
            "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.01",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.01",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_ERROR_SEC": "5",
        }

    @override
    def problem(self) -> str | None:
        try:
            url = f"{self._state.url(self.name)}/_localstack/health"
            httpx.get(url, timeout=3).raise_for_status()
        except httpx.HTTPError as error:
            return str(error)
        return None
