"""The last failure of a message is found in CloudWatch Logs, or a hint says why it is not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws

from gorder.dead_letters.adapters.cloudwatch_failures import CloudWatchFailures
from gorder.dead_letters.model import DeadLetter, Queue
from gorder.runtime.sqs import sqs_function
from tests.fakes.aws_events import sqs_event
from tests.fakes.clock import StandingClock
from tests.fakes.errors import Busy
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines, log
from tests.unit.runtime.test_sqs import body

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

__all__ = ["log"]

GROUP = "/gorder/test"
NOW = datetime.now(UTC).replace(microsecond=0)
SENT_AT = NOW - timedelta(hours=3)


def letter(message_id: str, sent_at: datetime = SENT_AT) -> DeadLetter:
    return DeadLetter(Queue.KITCHEN, message_id, "{}", sent_at, 1, "receipt")


def line(message_id: str, reason: str, **more: object) -> str:
    failed = {"message": "message.failed", "code": "busy", "reason": reason}
    return json.dumps(failed | {"message_id": message_id, **more})


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["CloudWatchLogsClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("logs", region_name="eu-central-1")
        client.create_log_group(logGroupName=GROUP)
        yield client


def write(client: "CloudWatchLogsClient", *lines: tuple[datetime, str], stream: str = "s") -> None:
    client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    client.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[
            {"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in lines
        ],
    )


def failures(client: "CloudWatchLogsClient", clock: StandingClock | None = None) -> Any:
    return CloudWatchFailures(client, GROUP, clock or StandingClock(NOW))


def test_the_last_failure_of_each_message_is_found(client: "CloudWatchLogsClient") -> None:
    minute = timedelta(minutes=1)
    write(
        client,
        (SENT_AT + minute, line("a", "first")),
        (SENT_AT + 3 * minute, line("b", "other", exception="Traceback")),
        stream="one",
    )
    write(client, (SENT_AT + 2 * minute, line("a", "last")), stream="two")

    found = failures(client).last_failures([letter("a"), letter("b"), letter("c")])

    assert {key: each.reason for key, each in found.by_message.items()} == {
        "a": "busy: last",
        "b": "busy: other",
    }
    assert found.by_message["a"].at == SENT_AT + 2 * minute
    assert (found.by_message["a"].stack, found.by_message["b"].stack) == (None, "Traceback")
    assert found.hint.startswith("The log has no failure of this message")


@pytest.mark.parametrize(
    "noise", ["", "message.failed", "{", "[1]", '"message.failed"', "[" * 9999]
)
def test_lines_of_another_form_are_passed_over(client: "CloudWatchLogsClient", noise: str) -> None:
    other = json.dumps({"message": "a", "message_id": "a", "reason": "message.failed"})
    write(
        client,
        *((SENT_AT, text) for text in (noise, other, line("a", "x" * 9999)) if text),
    )

    found = failures(client).last_failures([letter("a")])

    assert found.by_message["a"].reason == ("busy: " + "x" * 9999)[:500]


def test_letters_of_several_days_are_found(client: "CloudWatchLogsClient") -> None:
    days = [NOW - timedelta(days=day) for day in (1, 5, 6, 12)]
    write(client, *((at, line(str(n), "why")) for n, at in reversed([*enumerate(days)])))

    found = failures(client).last_failures([letter(str(n), at) for n, at in enumerate(days)])

    assert sorted(found.by_message) == ["0", "1", "2", "3"]


def test_the_line_of_a_consumer_is_found(client: "CloudWatchLogsClient", log: Lines) -> None:
    def consume(event: object, _service: None) -> None:
        raise Busy("the oven is full") if "a" in str(event) else ZeroDivisionError("ours")

    function = sqs_function(consume, lambda: None)
    function(sqs_event(body("a"), "poison"), FakeContext())
    write(client, *((SENT_AT, json.dumps(each)) for each in log()))

    found = failures(client).last_failures([letter("0"), letter("1")])

    assert found.by_message["0"].reason.endswith(": the oven is full")
    assert found.by_message["1"].reason.startswith("malformed_event: ")
    assert "MalformedEventError" in found.by_message["1"].stack


class SlowLogs:
    """A log with pages without end. Each takes seconds."""

    def __init__(self, clock: StandingClock) -> None:
        self.clock = clock
        self.pages = 0

    def filter_log_events(self, **_: object) -> dict[str, Any]:
        self.clock.advance(seconds=3)
        self.pages += 1
        event = {"timestamp": int(SENT_AT.timestamp() * 1000), "message": line("a", "why")}
        return {"events": [event], "nextToken": "more"}


def test_a_search_ends_in_time_with_what_it_has_found() -> None:
    clock = StandingClock(NOW)
    logs: Any = SlowLogs(clock)

    found = failures(logs, clock).last_failures([letter("a"), letter("b")])

    assert logs.pages == 7
    assert found.by_message["a"].reason == "busy: why"
    assert found.hint.startswith("The search was ended after 20 seconds")


def test_a_log_that_cannot_be_read_is_a_hint(client: "CloudWatchLogsClient") -> None:
    client.delete_log_group(logGroupName=GROUP)
    found = failures(client).last_failures([letter("a")])

    class NoNetwork:
        def filter_log_events(self, **_: object) -> None:
            raise ConnectTimeoutError(endpoint_url="logs")

    unreachable: Any = NoNetwork()
    assert found.hint == "The log cannot be read (ResourceNotFoundException)."
    assert failures(unreachable).last_failures([letter("a")]).hint == (
        "The log cannot be read (ConnectTimeoutError)."
    )
