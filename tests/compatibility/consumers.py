"""Messages given to a function, and what it does with them."""

from collections.abc import Iterable
from typing import Any

from tests.fakes.aws_events import sqs_event
from tests.fakes.deployment import FakeDeployment


def consume(deployment: FakeDeployment, function: str, *bodies: str) -> list[dict[str, str]]:
    """Let a function consume messages; return those that return to the queue."""
    failures: list[dict[str, str]] = deployment.call(function, sqs_event(*bodies, queue=function))[
        "batchItemFailures"
    ]
    return failures


def assert_no_alarm(lines: Iterable[dict[str, Any]]) -> None:
    """FaultAlarm counts the log lines of level ERROR."""
    assert [line for line in lines if line["level"] == "ERROR"] == []
