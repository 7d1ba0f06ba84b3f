"""The program on a fake deployment: its requests pass through the function's own entry."""

from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest

from gorder.runtime.observability import logger
from ops.__main__ import main
from tests.fakes.deployment import FakeDeployment, LambdaInvoker

ARN = "arn:aws:sts::123456789012:assumed-role/staff/ann@example.com"


class QuietInvoker(LambdaInvoker):
    """`lambda:Invoke` of a handler whose log lines and metrics do not reach this process."""

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        handler = logger.registered_handler
        assert hasattr(handler, "setStream")
        output = StringIO()
        before = handler.setStream(output)
        try:
            with redirect_stdout(output):
                return super().invoke(FunctionName=FunctionName, Payload=Payload)
        finally:
            handler.setStream(before)


class FakeAws:
    """The clients of an account with one stack, whose back office is a handler."""

    def __init__(self, deployment: FakeDeployment) -> None:
        self.back_office: Any = QuietInvoker(deployment.handlers["back_office"])

    def client(self, service: str) -> Any:
        return self.back_office if service == "lambda" else self

    def describe_stack_resource(self, **_: str) -> dict[str, Any]:
        return {"StackResourceDetail": {"PhysicalResourceId": "back_office"}}

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": ARN}


@dataclass(frozen=True)
class Printed:
    """What a command has printed, and its exit code."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def deployment() -> FakeDeployment:
    return FakeDeployment()


@pytest.fixture
def aws(deployment: FakeDeployment) -> FakeAws:
    return FakeAws(deployment)


@pytest.fixture
def gorder(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Printed]:
    """Run a command on the fake deployment."""
    monkeypatch.setattr("ops.session.aws_client", aws.client)
    monkeypatch.setenv("GORDER_STACK", "gorder")
    monkeypatch.delenv("COLUMNS", raising=False)  # tables are not cut to a terminal

    def run(*arguments: str) -> Printed:
        monkeypatch.setattr("sys.argv", ["gorder", *arguments])
        capsys.readouterr()
        try:
            code = main()
        except SystemExit as error:
            code = int(error.code or 0)
        printed = capsys.readouterr()
        return Printed(code, printed.out, printed.err)

    return run
