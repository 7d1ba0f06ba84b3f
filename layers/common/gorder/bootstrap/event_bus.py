"""The event bus, shared by the functions that publish."""

from functools import cache
from typing import Final

from gorder.bootstrap.settings import (
    OrderTopicSettings,
    StripeTopicSettings,
    TopicSettings,
    load,
)
from gorder.clients.aws import sns_client
from gorder.contracts.bus import Topic
from gorder.runtime.sns import SnsPublisher

_SETTINGS: Final[dict[Topic, type[TopicSettings]]] = {
    Topic.ORDERS: OrderTopicSettings,
    Topic.STRIPE: StripeTopicSettings,
}


@cache
def event_publisher(*topics: Topic) -> SnsPublisher:
    """Return a publisher on these topics of the stack.

    Raises:
        MissingSettingError: the function has no variable for a topic.
    """
    return SnsPublisher(sns_client(), {topic: load(_SETTINGS[topic]).topic_arn for topic in topics})
