"""The order of an update: events are published where they are consumed, and none is lost."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from devstack.template import resources, template

RESOURCES: dict[str, dict[str, Any]] = template()["Resources"]
PUBLISHERS = ["CancelOrderFunction", "StripeWebhookFunction", "SweepFunction"]


def names_in(value: object) -> Iterator[str]:
    """Yield what the intrinsic functions of a property name."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            for each in value.values():
                yield from names_in(each)
        case list():
            for each in value:
                yield from names_in(each)


def updated_before(name: str) -> set[str]:
    """Return the resources that CloudFormation creates or updates before this one."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        resource = RESOURCES[waiting.pop()]
        stated = resource.get("DependsOn", [])
        named = {*names_in(resource["Properties"])}
        named |= {stated} if isinstance(stated, str) else {*stated}
        new = (named & RESOURCES.keys()) - found
        found |= new
        waiting += new
    return found


def test_the_publishers_of_what_stripe_states() -> None:
    functions = resources("AWS::Serverless::Function")

    assert [
        name
        for name, function in functions.items()
        if "GORDER_STRIPE_TOPIC_ARN" in function["Environment"]["Variables"]
    ] == PUBLISHERS


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_what_stripe_states_is_published_where_it_is_consumed(publisher: str) -> None:
    """SNS discards a message that a queue and its dead-letter queue refuse."""
    consumed = {"OrderPaidSubscription", "QueuePolicy", "DeadLetterQueuePolicy"}

    assert consumed <= updated_before(publisher)


@pytest.mark.parametrize("publisher", ["OrderPaidFunction", "SweepFunction"])
def test_a_refund_that_is_due_is_published_where_it_is_consumed(publisher: str) -> None:
    consumed = {"RefundSubscription", "QueuePolicy", "DeadLetterQueuePolicy"}

    assert consumed <= updated_before(publisher)


def test_a_changed_catalogue_is_published_where_it_is_consumed() -> None:
    assert "CatalogueSubscription" in updated_before("StripeWebhookFunction")


@pytest.mark.parametrize("policy", ["QueuePolicy", "DeadLetterQueuePolicy"])
def test_the_topic_refuses_an_earlier_release_before_its_queues_do(policy: str) -> None:
    """A refused event is sent again, and an event that is not delivered is lost."""
    assert "TopicPolicy" in updated_before(policy)


def test_an_earlier_stripe_webhook_keeps_its_rights_until_the_topic_refuses_it() -> None:
    """It answers 503 without them, and a migration may take a quarter of an hour."""
    assert {"Migration", "TopicPolicy"} <= updated_before("StripeWebhookRole")
