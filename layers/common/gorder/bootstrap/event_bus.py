"""The event bus, as every publishing function shares it."""

from functools import cache

from gorder.bootstrap.settings import TopicSettings, load
from gorder.clients.aws import sns_client
from gorder.runtime.sns import SnsPublisher


@cache
def event_publisher() -> SnsPublisher:
    """The publisher on the stack's one topic."""
    return SnsPublisher(sns_client(), load(TopicSettings).topic_arn)
