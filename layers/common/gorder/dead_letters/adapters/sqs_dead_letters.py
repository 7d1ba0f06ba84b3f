"""The dead-letter queues in SQS."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gorder.contracts.telemetry import Telemetry
from gorder.dead_letters.model import Attribute, DeadLetter, Queue
from gorder.dead_letters.ports import HIDDEN, DeadLettersUnavailableError, QueueState

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH: Final = 10  # the most that SQS takes and gives
# A receive that waits asks every server of SQS. One that does not may return nothing although there
# are messages.
_WAIT_SECONDS: Final = 1
_TRACE: Final = "AWSTraceHeader"


@dataclass(frozen=True, slots=True)
class QueueUrls:
    """The URLs of a queue and of its dead-letter queue."""

    queue: str
    dead_letters: str


class SqsDeadLetters:
    """Implements `DeadLetterQueues`. The queues are no FIFO queues."""

    def __init__(
        self, client: "SQSClient", urls: Mapping[Queue, QueueUrls], telemetry: Telemetry
    ) -> None:
        self._client = client
        self._urls = urls
        self._telemetry = telemetry

    def state(self, queue: Queue) -> QueueState:
        with _available(queue):
            found = self._client.get_queue_attributes(
                QueueUrl=self._urls[queue].dead_letters,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "MessageRetentionPeriod",
                ],
            )["Attributes"]
        return QueueState(
            waiting=int(found["ApproximateNumberOfMessages"]),
            in_use=int(found["ApproximateNumberOfMessagesNotVisible"]),
            kept=timedelta(seconds=int(found["MessageRetentionPeriod"])),
        )

    def receive(self, queue: Queue) -> Sequence[DeadLetter]:
        with _available(queue):
            response = self._client.receive_message(
                QueueUrl=self._urls[queue].dead_letters,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=int(HIDDEN.total_seconds()),
                WaitTimeSeconds=_WAIT_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return [_letter(queue, message) for message in response.get("Messages", [])]

    def release(self, letters: Iterable[DeadLetter]) -> None:
        for letter_batch in batched(letters, _BATCH, strict=False):
            by_queue: dict[Queue, list[DeadLetter]] = {}
            for letter in letter_batch:
                by_queue.setdefault(letter.queue, []).append(letter)
            for queue, some in by_queue.items():
                self._release(queue, some)

    def _release(self, queue: Queue, letters: Iterable[DeadLetter]) -> None:
        try:
            answer = self._client.change_message_visibility_batch(
                QueueUrl=self._urls[queue].dead_letters,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for number, letter in enumerate(letters)
                ],
            )
        except (BotoCoreError, ClientError) as error:
            self._telemetry.warning("dead_letter.not_released", reason=str(error))
            return
        for failed in answer.get("Failed", []):
            self._telemetry.warning("dead_letter.not_released", reason=failed["Code"])

    def send_back(self, letter: DeadLetter) -> None:
        attributes: Any = {name: _sent(given) for name, given in letter.attributes.items()}
        trace: Any = {_TRACE: {"DataType": "String", "StringValue": letter.trace}}
        with _available(letter.queue):
            self._client.send_message(
                QueueUrl=self._urls[letter.queue].queue,
                MessageBody=letter.body,
                MessageAttributes=attributes,
                MessageSystemAttributes=trace if letter.trace else {},
            )

    def delete(self, letter: DeadLetter) -> None:
        with _available(letter.queue):
            self._client.delete_message(
                QueueUrl=self._urls[letter.queue].dead_letters, ReceiptHandle=letter.receipt
            )


@contextmanager
def _available(queue: Queue) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise DeadLettersUnavailableError(f"{queue}: SQS refused the request: {code}") from error
    except BotoCoreError as error:
        raise DeadLettersUnavailableError(f"{queue}: {type(error).__name__}") from error


def _letter(queue: Queue, message: Mapping[str, Any]) -> DeadLetter:
    system = message.get("Attributes", {})
    return DeadLetter(
        queue=queue,
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        received=int(system["ApproximateReceiveCount"]),
        receipt=message["ReceiptHandle"],
        attributes={
            name: Attribute(
                given["DataType"],
                given["BinaryValue"] if "BinaryValue" in given else given["StringValue"],
            )
            for name, given in message.get("MessageAttributes", {}).items()
        },
        trace=system.get(_TRACE),
    )


def _sent(attribute: Attribute) -> dict[str, object]:
    name = "BinaryValue" if isinstance(attribute.value, bytes) else "StringValue"
    return {"DataType": attribute.kind, name: attribute.value}
