"""What goes wrong between the program and the deployed functions, in words and exit codes."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import botocore.exceptions as aws_errors
import pytest
from botocore.parsers import ResponseParserError

from gorder.contracts.back_office_stock import ShowStockRequest
from ops.errors import CommandError, ExitCode
from ops.function import DeployedStack, aws_client

REQUEST = ShowStockRequest(command="show_stock")
PAGE = "<html>\n" + "<p>Bad gateway</p>\n" * 100


class AnsweringAccount:
    """The clients of an account. `invoke` answers or raises what the test says."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer

    def client(self, _: str) -> "AnsweringAccount":
        return self

    def describe_stack_resource(self, **_: str) -> dict[str, Any]:
        return {"StackResourceDetail": {"PhysicalResourceId": "back_office"}}

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": "arn:aws:sts::123456789012:assumed-role/" + "r" * 200 + "/ann"}

    def invoke(self, **_: str) -> dict[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def failed(error_type: str, text: str) -> dict[str, Any]:
    payload = json.dumps({"errorType": error_type, "errorMessage": text}).encode()
    return {"FunctionError": "Unhandled", "Payload": BytesIO(payload)}


def refused(code: str, text: str = "not allowed", status: int = 400) -> aws_errors.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": int(code) if code.isdigit() else status},
    }
    return aws_errors.ClientError(response, "Invoke")


class LostBody:
    """The body of an answer whose connection is lost while it is read."""

    def read(self) -> bytes:
        raise aws_errors.ReadTimeoutError(endpoint_url="x")


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        (failed("UnknownOrder", "no order c1"), 1, "no order c1"),
        (failed("StockStoreUnavailableError", "lost MySQL"), 3, "lost MySQL"),
        (failed("StockStoreError", "refused"), 1, "refused"),
        (failed("KeyError", "'x'"), 1, "'x'"),
        (failed("Sandbox.Timedout", "Task timed out after 300.00 seconds"), 3, "timed out"),
        (failed("", "2026 r1 Task timed out after 300.00 seconds"), 3, "same command again"),
        ({"FunctionError": "Unhandled", "Payload": BytesIO(b"")}, 1, ""),
        (refused("AccessDeniedException"), 1, "AWS refuses Invoke: AccessDeniedException"),
        (refused("TooManyRequestsException"), 3, "limits the rate"),
        (refused("ValidationError", "Stack gorder does not exist"), 2, "no stack gorder"),
        (aws_errors.NoCredentialsError(), 2, "no AWS credentials"),
        (aws_errors.ReadTimeoutError(endpoint_url="x"), 3, "look at what the command changes"),
        (aws_errors.EndpointConnectionError(endpoint_url="x"), 3, "cannot be reached"),
        (aws_errors.ProfileNotFound(profile="x"), 2, "lambda: The config profile (x)"),
        (ResponseParserError(f"no XML:\n{PAGE}"), 3, "no answer of AWS"),
        (refused("502", PAGE), 3, "does not answer Invoke"),
        (refused("ServiceException", "internal", status=500), 3, "does not answer Invoke"),
        ({"Payload": BytesIO(PAGE.encode())}, 3, "no answer of AWS"),
        ({"Payload": BytesIO(b"\xff")}, 3, "no answer of AWS"),
        ({"FunctionError": "Unhandled", "Payload": BytesIO(b"[1]")}, 3, "no answer of AWS"),
        ({}, 3, "no answer of AWS"),
        ({"Payload": LostBody()}, 3, "look at what the command changes"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_says_what_to_do(
    answer: dict[str, Any] | Exception, code: int, text: str
) -> None:
    with pytest.raises(CommandError) as raised:
        DeployedStack("gorder", AnsweringAccount(answer).client).ask(REQUEST)

    assert raised.value.code == code
    assert text in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


def test_the_name_of_a_long_role_is_cut_to_what_can_be_kept() -> None:
    name = DeployedStack("gorder", AnsweringAccount({}).client).identity()

    assert len(name) == 128
    assert name.endswith("/ann")


def test_without_a_stack_the_option_is_named() -> None:
    with pytest.raises(CommandError, match="--stack") as raised:
        DeployedStack(None, AnsweringAccount({}).client).ask(REQUEST)

    assert raised.value.code is ExitCode.USAGE


def test_without_a_region_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(CommandError, match="AWS_REGION"):
        aws_client("lambda")


def aws_raises(family: type[Exception]) -> list[type[Exception]]:
    below = [each for child in family.__subclasses__() for each in aws_raises(child)]
    return [family, *below]


@pytest.mark.parametrize(
    "kind", aws_raises(aws_errors.BotoCoreError) + aws_raises(ResponseParserError)
)
def test_no_failure_of_the_sdk_is_a_traceback(kind: type[Exception]) -> None:
    failure = kind.__new__(kind)
    failure.args = ("what\nhappened",)

    with pytest.raises(CommandError) as raised:
        DeployedStack("gorder", AnsweringAccount(failure).client).ask(REQUEST)

    assert raised.value.code in {ExitCode.USAGE, ExitCode.TRY_AGAIN}


class WrongAccount(AnsweringAccount):
    """An account behind a proxy, whose page was read as an answer without a field."""

    def describe_stack_resource(self, **_: str) -> dict[str, Any]:
        return {}

    def get_caller_identity(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize("ask", [DeployedStack.identity, DeployedStack.log_group])
def test_an_answer_without_its_field_is_none_of_aws(ask: Callable[[DeployedStack], str]) -> None:
    with pytest.raises(CommandError, match="no answer of AWS") as raised:
        ask(DeployedStack("gorder", WrongAccount({}).client))

    assert raised.value.code is ExitCode.TRY_AGAIN


def test_an_empty_region_is_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")

    with pytest.raises(CommandError, match="AWS_REGION") as raised:
        aws_client("lambda")

    assert raised.value.code is ExitCode.USAGE


def test_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost")

    with pytest.raises(CommandError, match="AWS_ENDPOINT_URL") as raised:
        aws_client("lambda")

    assert raised.value.code is ExitCode.USAGE


def test_a_region_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "a b")

    with pytest.raises(CommandError, match=r"^lambda: .*region") as raised:
        aws_client("lambda")

    assert raised.value.code is ExitCode.USAGE
