"""Publish events to an SNS topic."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gorder.contracts.bus import EventBusUnavailableError
from gorder.contracts.events import Event

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsPublisher:
    """Implements `contracts.bus.EventPublisher`. Subscriptions filter on `event_type`."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            try:
                self._client.publish(
                    TopicArn=self._topic_arn,
                    Message=event.model_dump_json(),
                    MessageAttributes={
                        "event_type": {"DataType": "String", "StringValue": event.event_type}
                    },
                )
            except (BotoCoreError, ClientError) as error:
                raise EventBusUnavailableError(
                    f"event {event.event_id} ({event.event_type}) was not published"
                ) from error
