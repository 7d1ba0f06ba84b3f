"""Contract of DeadLetterQueues, for the fake and for SQS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from gorder.dead_letters.adapters.sqs_dead_letters import QueueUrls, SqsDeadLetters
from gorder.dead_letters.model import Attribute, DeadLetter, Queue
from gorder.dead_letters.ports import DeadLetterQueues, DeadLettersUnavailableError
from gorder.runtime.clock import utc_now
from tests.fakes.dead_letters import MemoryDeadLetters
from tests.fakes.telemetry import MemoryTelemetry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ATTRIBUTES = {
    "event_type": Attribute("String", "order.paid"),
    "number": Attribute("Number", "7"),
    "binary": Attribute("Binary", b"\x00\xff"),
}
TRACE = "Root=1-6926f5c0-0123456789abcdef01234567;Sampled=1"
BODIES = ["{}", "not JSON", "ünïcödé \U0001f35c", "x" * 200_000]


@dataclass
class LettersSetup:
    """The queues, a way to put a letter there, and what was sent back to a queue."""

    queues: DeadLetterQueues
    put: Callable[..., str]
    sent: Callable[[], list[DeadLetter]]
    make_unavailable: Callable[[], None]


def _memory() -> LettersSetup:
    queues = MemoryDeadLetters(utc_now)

    def make_unavailable() -> None:
        for name in ("state", "receive", "send_back", "delete"):
            queues.faults.on(f"letters.{name}")

    return LettersSetup(
        queues,
        lambda body, **parts: queues.put(Queue.REFUND, body, sent_at=utc_now(), **parts),
        lambda: queues.sent[Queue.REFUND],
        make_unavailable,
    )


def _sqs(client: "SQSClient", telemetry: MemoryTelemetry) -> LettersSetup:
    urls = {
        queue: QueueUrls(
            client.create_queue(QueueName=queue)["QueueUrl"],
            client.create_queue(
                QueueName=f"{queue}-dead", Attributes={"MessageRetentionPeriod": "1209600"}
            )["QueueUrl"],
        )
        for queue in Queue
    }
    swapped = {each: QueueUrls(urls[each].dead_letters, urls[each].queue) for each in Queue}
    queues = SqsDeadLetters(client, urls, telemetry)

    def put(
        body: str, attributes: dict[str, Attribute] | None = None, trace: str | None = None
    ) -> str:
        sent: Any = {
            name: {
                "DataType": each.kind,
                "BinaryValue" if isinstance(each.value, bytes) else "StringValue": each.value,
            }
            for name, each in (attributes or {}).items()
        }
        system: Any = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
        return client.send_message(
            QueueUrl=urls[Queue.REFUND].dead_letters,
            MessageBody=body,
            MessageAttributes=sent,
            MessageSystemAttributes=system if trace else {},
        )["MessageId"]

    def make_unavailable() -> None:
        for each in urls.values():
            client.delete_queue(QueueUrl=each.queue)
            client.delete_queue(QueueUrl=each.dead_letters)

    sent = SqsDeadLetters(client, swapped, telemetry)
    return LettersSetup(queues, put, lambda: list(sent.receive(Queue.REFUND)), make_unavailable)


@pytest.fixture
def telemetry() -> MemoryTelemetry:
    return MemoryTelemetry()


@pytest.fixture(params=["memory", "sqs"])
def setup(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, telemetry: MemoryTelemetry
) -> Iterator[LettersSetup]:
    if request.param == "memory":
        yield _memory()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield _sqs(boto3.client("sqs", region_name="eu-central-1"), telemetry)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:8])
def test_a_letter_is_received_as_it_was_sent(setup: LettersSetup, body: str) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    message_id = setup.put(body, attributes=ATTRIBUTES, trace=TRACE)

    [letter] = setup.queues.receive(Queue.REFUND)

    assert (letter.queue, letter.message_id, letter.body) == (Queue.REFUND, message_id, body)
    assert (letter.attributes, letter.trace, letter.received) == (ATTRIBUTES, TRACE, 1)
    assert began < letter.sent_at < datetime.now(UTC) + timedelta(seconds=1)


def test_a_queue_without_letters_is_empty(setup: LettersSetup) -> None:
    assert list(setup.queues.receive(Queue.KITCHEN)) == []


def test_a_received_letter_is_hidden_and_counted_until_it_is_released(setup: LettersSetup) -> None:
    for number in range(12):
        setup.put(str(number))

    first = setup.queues.receive(Queue.REFUND)
    state = setup.queues.state(Queue.REFUND)
    second = setup.queues.receive(Queue.REFUND)

    assert len({letter.message_id for letter in (*first, *second)}) == 12
    assert (state.waiting, state.in_use, state.kept) == (2, 10, timedelta(days=14))
    setup.queues.release([*first, *second])
    assert setup.queues.state(Queue.REFUND).waiting == 12
    assert setup.queues.receive(Queue.REFUND)[0].received == 2


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:8])
def test_a_letter_is_sent_back_with_its_attributes(setup: LettersSetup, body: str) -> None:
    setup.put(body, attributes=ATTRIBUTES, trace=TRACE)
    [letter] = setup.queues.receive(Queue.REFUND)

    setup.queues.send_back(letter)

    [sent] = setup.sent()
    assert (sent.body, sent.attributes, sent.trace) == (body, ATTRIBUTES, TRACE)


def test_a_message_without_attributes_is_sent_back(setup: LettersSetup) -> None:
    setup.put("{}")
    [letter] = setup.queues.receive(Queue.REFUND)

    setup.queues.send_back(letter)

    [sent] = setup.sent()
    assert (sent.body, sent.attributes, sent.trace) == ("{}", {}, None)


def test_a_letter_can_be_deleted_twice(setup: LettersSetup) -> None:
    setup.put("{}")
    [letter] = setup.queues.receive(Queue.REFUND)

    setup.queues.delete(letter)
    setup.queues.delete(letter)
    setup.queues.release([letter])

    assert list(setup.queues.receive(Queue.REFUND)) == []


def test_a_failure_is_raised_except_by_release(
    setup: LettersSetup, telemetry: MemoryTelemetry
) -> None:
    setup.put("{}")
    [letter] = setup.queues.receive(Queue.REFUND)
    setup.make_unavailable()

    for call in (
        lambda: setup.queues.state(Queue.REFUND),
        lambda: setup.queues.receive(Queue.REFUND),
        lambda: setup.queues.send_back(letter),
        lambda: setup.queues.delete(letter),
    ):
        with pytest.raises(DeadLettersUnavailableError):
            call()
    setup.queues.release([letter])
    if isinstance(setup.queues, SqsDeadLetters):
        assert telemetry.warnings == ["dead_letter.not_released"]
