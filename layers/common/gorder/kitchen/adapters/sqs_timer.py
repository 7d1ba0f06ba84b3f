"""The kitchen's timer: a delayed message to the kitchen's own queue."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from gorder.contracts.events import CookingTimeElapsed, OrderData
from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import TimerUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsTimer:
    """`KitchenTimer` on an SQS queue."""

    def __init__(self, client: "SQSClient", queue_url: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock

    def set(self, order_id: str, trace_id: str, time: CookingTime) -> None:
        event = CookingTimeElapsed(
            event_id=uuid4().hex,
            occurred_at=self._clock(),
            trace_id=trace_id,
            data=OrderData(order_id=order_id),
        )
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=event.model_dump_json(),
                DelaySeconds=time.seconds,
            )
        except (BotoCoreError, ClientError) as error:
            raise TimerUnavailableError(
                f"order {order_id}: cannot send to {self._queue_url}: {type(error).__name__}"
            ) from error
