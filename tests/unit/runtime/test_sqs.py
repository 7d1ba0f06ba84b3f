"""A failed message of an SQS batch returns to the queue alone, after a short delay."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor
from moto import mock_aws

from gorder.contracts.events import Event, OrderCreated, OrderData
from gorder.runtime import sqs
from gorder.runtime.sqs import retry_delay, sqs_function
from tests.fakes.aws_events import REGION, sqs_event
from tests.fakes.clock import NOON
from tests.fakes.errors import Busy, RuleBroken
from tests.fakes.lambda_context import FakeContext
from tests.unit.runtime.conftest import Lines

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = [
    pytest.mark.usefixtures("queue"),
    pytest.mark.filterwarnings(
        "ignore:No application metrics"  # no command is called that would count
    ),
]


@pytest.fixture
def queue() -> Iterator["SQSClient"]:
    """Create a queue named `queue` with a visibility timeout of an hour."""
    sqs._sqs.cache_clear()  # noqa: SLF001 - the client of an earlier test
    sqs._queue_url.cache_clear()  # noqa: SLF001 - the URL of an earlier test
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        client.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "3600"})
        yield client


def body(order_id: str) -> str:
    """Return the body of an order.created message."""
    event = OrderCreated(
        event_id=f"event-{order_id}",
        occurred_at=NOON,
        trace_id=f"trace-{order_id}",
        data=OrderData(order_id=order_id),
    )
    return event.model_dump_json()


def consuming(**errors: Exception) -> tuple[Callable[..., list[str]], list[str]]:
    """Return a function that fails for the named orders, and the list of the others it consumed.

    The function returns the ids of the failed messages.
    """
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
    run, done = consuming(a=RuleBroken("sold out"))

    assert run(sqs_event(body("a"), body("b"))) == []
    assert done == ["b"]
    assert [(line["message"], line["code"]) for line in log()] == [("message.refused", "refused")]


@pytest.mark.parametrize("error", [Busy("later"), ZeroDivisionError("ours")])
def test_any_other_error_fails_its_message_alone(error: Exception) -> None:
    run, done = consuming(b=error)

    assert run(sqs_event(body("a"), body("b"), body("c"))) == ["1"]
    assert done == ["a", "c"]


def test_a_whole_batch_may_fail() -> None:
    run, _ = consuming(a=Busy("later"), b=Busy("later"))

    assert run(sqs_event(body("a"), body("b"))) == ["0", "1"]


def test_each_log_line_has_the_ids_of_its_own_message(log: Lines) -> None:
    run, _ = consuming(a=Busy("later"), b=ZeroDivisionError("ours"))

    run(sqs_event(body("a"), "poison", body("b")))

    failures = [line for line in log() if line["message"] == "message.failed"]
    assert [(line.get("order_id"), line.get("trace_id")) for line in failures] == [
        ("a", "trace-a"),
        (None, None),
        ("b", "trace-b"),
    ]


def test_a_failed_message_returns_after_its_retry_delay(queue: "SQSClient") -> None:
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


def test_a_retry_delay_that_cannot_be_set_is_logged(log: Lines) -> None:
    run, done = consuming(a=Busy("later"))

    assert run(sqs_event(body("a"), body("b"), queue="no-such-queue")) == ["0"]
    assert done == ["b"]
    assert "message.retry_delay_not_set" in [line["message"] for line in log()]


@pytest.mark.parametrize(
    "change",
    [
        {"eventSourceARN": "not an ARN"},
        {"eventSourceARN": None},
        {"attributes": {"ApproximateReceiveCount": "many"}},
        {"attributes": {}},
        {"receiptHandle": None},
    ],
    ids=str,
)
def test_a_malformed_record_does_not_replace_the_error_of_its_message(
    change: dict[str, Any], log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[BaseException | None] = []
    failure_handler = BatchProcessor.failure_handler

    def keep(processor: BatchProcessor, record: Any, exception: Any) -> Any:
        raised.append(exception[1])
        return failure_handler(processor, record, exception)

    monkeypatch.setattr(BatchProcessor, "failure_handler", keep)
    event = sqs_event(body("a"), body("b"))
    event["Records"][0] |= change
    later = Busy("later")
    run, done = consuming(a=later)

    assert run(event) == ["0"]
    assert done == ["b"]
    assert raised == [later]
    assert [line["message"] for line in log()] == ["message.failed", "message.retry_delay_not_set"]


def test_the_retry_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    delays = [retry_delay(count) for count in range(1, 14)]

    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
