"""Publish events to the SNS topics."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gorder.contracts.bus import EventBusUnavailableError, Topic, topic_of
from gorder.contracts.events import Event

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsPublisher:
    """Implements `contracts.bus.EventPublisher`. Subscriptions filter on `event_type`."""

    def __init__(self, client: "SNSClient", topic_arns: Mapping[Topic, str]) -> None:
        self._client = client
        self._topic_arns = topic_arns

    def publish(self, events: Iterable[Event]) -> None:
        for event in events:
            topic_arn = self._topic_arns[topic_of(event, self._topic_arns)]
            try:
                self._client.publish(
                    TopicArn=topic_arn,
                    Message=event.model_dump_json(),
                    MessageAttributes={
                        "event_type": {"DataType": "String", "StringValue": event.event_type}
                    },
                )
            except (BotoCoreError, ClientError) as error:
                raise EventBusUnavailableError(
                    f"event {event.event_id} ({event.event_type}) was not published"
                ) from error
