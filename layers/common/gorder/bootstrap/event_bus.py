"""The event bus, shared by the functions that publish."""

from functools import cache

from gorder.bootstrap.settings import TopicSettings, load
from gorder.clients.aws import sns_client
from gorder.runtime.sns import SnsPublisher


@cache
def event_publisher() -> SnsPublisher:
    """Return a publisher on the topic of the stack."""
    return SnsPublisher(sns_client(), load(TopicSettings).topic_arn)
