"""Handle SQS batches message by message. A failed message returns to its queue alone."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.contracts.events import Event, parse_event
from gorder.errors import Kind
from gorder.runtime.aws import aws_client
from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.errors import classified
from gorder.runtime.limits import SQS
from gorder.runtime.observability import log_context, report, telemetry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST_RETRY_DELAY_SECONDS = 900


def sqs_function[S](consume: Callable[[Event, S], None], service: Callable[[], S]) -> LambdaHandler:
    """Return a Lambda handler that calls `consume(event, service())` for each message of a batch.

    A business error acknowledges its message, because a retry would end the same way. After any
    other error the message becomes visible again in 1, 2, 4 … seconds, until the queue's redrive
    policy moves it to the dead-letter queue. The other messages of the batch are not affected. The
    log line `message.failed` has the message's id, by which the back office finds the reason.
    """

    def handle(record: SQSRecord) -> None:
        with ExitStack() as context:
            try:
                event = parse_event(record.body)
                context.enter_context(log_context(event.trace_id, event.data.order_id))
                consume(event, service())
            except Exception as error:
                found = classified(error)
                if found.kind is Kind.BUSINESS:
                    telemetry.info("message.refused", message_id=record.message_id, code=found.code)
                    return
                report(error, "message.failed", message_id=record.message_id)
                _return_later(record)
                raise

    @lambda_function
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        return dict(process_partial_response(event, handle, processor, context))

    return handler


def retry_delay(receive_count: int) -> int:
    """Return the seconds before a message is retried: 1, 2, 4 … 900, by its number of receives."""
    doublings = min(receive_count - 1, 10)
    return min(1 << doublings, _LONGEST_RETRY_DELAY_SECONDS)


def _return_later(record: SQSRecord) -> None:
    """Shorten the visibility timeout of a failed message to its retry delay.

    Raises nothing, because the error that made the message fail is being handled. Without the
    shorter delay the message returns after the queue's own visibility timeout.
    """
    try:
        _, _, _, region, account, queue = record.event_source_arn.split(":")
        _sqs(region).change_message_visibility(
            QueueUrl=_queue_url(queue, account, region),
            ReceiptHandle=record.receipt_handle,
            VisibilityTimeout=retry_delay(int(record.attributes.approximate_receive_count)),
        )
    except Exception as error:  # noqa: BLE001 - must not replace the error that is being handled
        telemetry.warning(
            "message.retry_delay_not_set", message_id=record.message_id, reason=str(error)
        )


@cache
def _queue_url(queue: str, account: str, region: str) -> str:
    return _sqs(region).get_queue_url(QueueName=queue, QueueOwnerAWSAccountId=account)["QueueUrl"]


@cache
def _sqs(region: str) -> "SQSClient":
    client: SQSClient = aws_client("sqs", SQS, region)
    return client
