"""From an SQS batch to a handler: what fails comes back, alone and soon."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from gorder.contracts.events import Event, OrderCreated, OrderData
from gorder.runtime import sqs
from gorder.runtime.sqs import retry_delay, sqs_function
from tests.fakes.aws_events import REGION, sqs_event
from tests.fakes.clock import NOON
from tests.fakes.errors import Busy, Refused
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = [
    pytest.mark.usefixtures("queue"),
    pytest.mark.filterwarnings(
        "ignore:No application metrics"  # the command that would count itself is not part of this
    ),
]


@pytest.fixture
def queue() -> Iterator["SQSClient"]:
    """An SQS with a queue named `queue`, whose messages stay hidden for an hour."""
    sqs._sqs.cache_clear()  # noqa: SLF001 - a client of an earlier test's SQS
    sqs._queue_url.cache_clear()  # noqa: SLF001 - likewise
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        client.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "3600"})
        yield client


def body(order_id: str) -> str:
    """An order.created on the wire."""
    event = OrderCreated(
        event_id=f"event-{order_id}",
        occurred_at=NOON,
        trace_id=f"trace-{order_id}",
        data=OrderData(order_id=order_id),
    )
    return event.model_dump_json()


def consuming(**errors: Exception) -> tuple[Callable[..., list[str]], list[str]]:
    """A function that raises for the orders named; what it did; it gives the ids that failed."""
    done: list[str] = []

    def consume(event: Event, _service: None) -> None:
        order_id = str(event.data.order_id)
        if order_id in errors:
            raise errors[order_id]
        done.append(order_id)

    function = sqs_function(consume, lambda: None)

    def failed(event: dict[str, Any]) -> list[str]:
        answer = function(event, FakeContext())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    return failed, done


def test_every_message_of_a_batch_is_consumed() -> None:
    run, done = consuming()

    assert run(sqs_event(body("a"), body("b"))) == []
    assert done == ["a", "b"]


@pytest.mark.parametrize(
    "poison",
    ["", "{", "null", "[]", "{}", body("a").replace("order.created", "order.eaten")],
)
def test_a_poison_message_fails_alone(poison: str) -> None:
    run, done = consuming()

    assert run(sqs_event(body("a"), poison, body("b"))) == ["1"]
    assert done == ["a", "b"]


def test_a_business_error_is_acknowledged(log: Lines) -> None:
    run, done = consuming(a=Refused("sold out"))

    assert run(sqs_event(body("a"), body("b"))) == []
    assert done == ["b"]
    assert [(line["message"], line["code"]) for line in log()] == [("message.refused", "refused")]


@pytest.mark.parametrize("error", [Busy("later"), ZeroDivisionError("ours")])
def test_any_other_error_fails_alone(error: Exception) -> None:
    run, done = consuming(b=error)

    assert run(sqs_event(body("a"), body("b"), body("c"))) == ["1"]
    assert done == ["a", "c"]


def test_a_whole_batch_may_fail() -> None:
    run, _ = consuming(a=Busy("later"), b=Busy("later"))

    assert run(sqs_event(body("a"), body("b"))) == ["0", "1"]


def test_each_line_of_the_log_has_its_own_order(log: Lines) -> None:
    run, _ = consuming(a=Busy("later"), b=ZeroDivisionError("ours"))

    run(sqs_event(body("a"), "poison", body("b")))

    failures = [line for line in log() if line["message"] == "message.failed"]
    assert [(line.get("order_id"), line.get("trace_id")) for line in failures] == [
        ("a", "trace-a"),
        (None, None),
        ("b", "trace-b"),
    ]


def test_a_failed_message_comes_back_soon(queue: "SQSClient") -> None:
    url = queue.get_queue_url(QueueName="queue")["QueueUrl"]
    queue.send_message(QueueUrl=url, MessageBody=body("a"))
    [message] = queue.receive_message(QueueUrl=url)["Messages"]
    event = sqs_event(body("a"), queue="queue", receive_count=1)
    event["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
    run, _ = consuming(a=Busy("later"))

    assert run(event) == ["0"]

    assert "Messages" not in queue.receive_message(QueueUrl=url)
    [again] = queue.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert again["MessageId"] == message["MessageId"]


def test_a_wait_that_cannot_be_shortened_changes_nothing_else(log: Lines) -> None:
    run, done = consuming(a=Busy("later"))

    assert run(sqs_event(body("a"), body("b"), queue="no-such-queue")) == ["0"]
    assert done == ["b"]
    assert "message.retry_delay_not_set" in [line["message"] for line in log()]


def test_a_message_waits_longer_each_time_and_a_quarter_of_an_hour_at_most() -> None:
    delays = [retry_delay(count) for count in range(1, 14)]

    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
