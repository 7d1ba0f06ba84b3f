"""Contract of EventPublisher, for the fake and for SNS with SQS.

The subscriptions are read from template.yaml, so the fake has the deployed queues.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

import boto3
import pytest
from moto import mock_aws

from devstack.template import logical_id, resources
from gorder.contracts.bus import (
    TOPICS,
    EventBusUnavailableError,
    EventNotOwnedError,
    EventPublisher,
    Topic,
)
from gorder.contracts.events import (
    CatalogueChanged,
    CookingTimeElapsed,
    Event,
    EventType,
    OrderCooked,
    OrderCreated,
    OrderData,
    OrderPaid,
    OrderRefundDue,
    PaymentData,
    PaymentFact,
    PaymentReference,
    PaymentSucceeded,
    parse_event,
)
from gorder.runtime.sns import SnsPublisher
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON
from tests.fakes.deployment import QUEUES

ORDER = OrderData(order_id="order-1")
PAYMENT = PaymentData(
    order_id="order-1", session_id="cs", payment_intent_id="pi", amount=1, currency="eur"
)
REFERENCE = PaymentReference(order_id=None, stripe_object_id="ch", payment_intent_id=None)


def _envelope(event_id: str) -> dict[str, object]:
    return {"event_id": event_id, "occurred_at": NOON, "trace_id": "trace ünïcödé"}


EVENTS: list[Event] = [
    OrderCreated.model_validate(_envelope("1") | {"data": ORDER}),
    PaymentSucceeded.model_validate(_envelope("2") | {"data": PAYMENT}),
    OrderPaid.model_validate(_envelope("3") | {"data": ORDER}),
    OrderCooked.model_validate(_envelope("5") | {"data": ORDER}),
    OrderRefundDue.model_validate(_envelope("6") | {"data": ORDER}),
    CatalogueChanged.model_validate(_envelope("7") | {"data": {"product_id": "prod_1"}}),
    *(
        PaymentFact.model_validate(_envelope(type_) | {"event_type": type_, "data": REFERENCE})
        for type_ in sorted(get_args(PaymentFact.model_fields["event_type"].annotation))
    ),
]
TIMER = CookingTimeElapsed.model_validate(_envelope("4") | {"data": ORDER})

TOPIC_IDS = {"Topic": Topic.ORDERS, "StripeTopic": Topic.STRIPE}
SUBSCRIPTIONS = [
    subscription
    for subscription in resources("AWS::SNS::Subscription").values()
    if logical_id(subscription["TopicArn"]) in TOPIC_IDS
]


def subscriptions() -> dict[str, set[str]]:
    """Map each deployed queue to the event types it subscribes to."""
    return {
        logical_id(subscription["Endpoint"]): set(subscription["FilterPolicy"]["event_type"])
        for subscription in SUBSCRIPTIONS
    }


@dataclass
class BusSetup:
    """Publishers, the message bodies of each queue, and a way to make the bus unavailable."""

    publisher_on: Callable[..., EventPublisher]
    bodies: Callable[[str], list[str]]
    make_unavailable: Callable[[], None]

    @property
    def publisher(self) -> EventPublisher:
        """A publisher on every topic."""
        return self.publisher_on(*Topic)


def _memory() -> BusSetup:
    bus = MemoryBus(subscriptions())
    return BusSetup(
        bus.publisher, lambda queue: bus.queues[queue], lambda: bus.faults.on("events.publish")
    )


@pytest.fixture
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


def _sns() -> BusSetup:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topics = {topic: sns.create_topic(Name=topic)["TopicArn"] for topic in Topic}
    urls = {}
    for subscription in SUBSCRIPTIONS:
        name = logical_id(subscription["Endpoint"])
        urls[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
        sns.subscribe(
            TopicArn=topics[TOPIC_IDS[logical_id(subscription["TopicArn"])]],
            Protocol=subscription["Protocol"],
            Endpoint=f"arn:aws:sqs:eu-central-1:123456789012:{name}",
            Attributes={
                "RawMessageDelivery": json.dumps(subscription["RawMessageDelivery"]),
                "FilterPolicy": json.dumps(subscription["FilterPolicy"]),
            },
        )

    def bodies(queue: str) -> list[str]:
        response = sqs.receive_message(QueueUrl=urls[queue], MaxNumberOfMessages=10)
        return [message["Body"] for message in response.get("Messages", [])]

    def make_unavailable() -> None:
        for topic_arn in topics.values():
            sns.delete_topic(TopicArn=topic_arn)

    def publisher(*owned: Topic) -> EventPublisher:
        return SnsPublisher(sns, {topic: topics[topic] for topic in owned})

    return BusSetup(publisher, bodies, make_unavailable)


@pytest.fixture(params=["memory", "sns"])
def bus(request: pytest.FixtureRequest) -> BusSetup:
    if request.param == "memory":
        return _memory()
    request.getfixturevalue("_account")
    return _sns()


def types(bodies: Iterable[str]) -> list[str]:
    return [parse_event(body).event_type for body in bodies]


def test_each_queue_gets_its_event_types_only(bus: BusSetup) -> None:
    bus.publisher.publish(EVENTS)

    for queue, event_types in subscriptions().items():
        assert set(types(bus.bodies(queue))) == event_types


def test_an_event_arrives_as_it_was_published(bus: BusSetup) -> None:
    bus.publisher.publish(EVENTS)

    [body] = bus.bodies("PaymentLinkQueue")
    assert parse_event(body) == EVENTS[0]


def test_publishing_no_events_does_nothing(bus: BusSetup) -> None:
    bus.publisher.publish([])

    assert bus.bodies("KitchenQueue") == []


def test_the_same_event_can_be_published_twice(bus: BusSetup) -> None:
    bus.publisher.publish([EVENTS[0]])
    bus.publisher.publish([EVENTS[0]])

    first, second = bus.bodies("PaymentLinkQueue")
    assert first == second


@pytest.mark.parametrize("topic", Topic)
def test_a_publisher_publishes_only_what_its_topics_own(bus: BusSetup, topic: Topic) -> None:
    publisher = bus.publisher_on(topic)
    own = [event for event in EVENTS if TOPICS[event.event_type] is topic]

    for event in EVENTS:
        if event not in own:
            with pytest.raises(EventNotOwnedError, match=rf"event {event.event_id} .* {topic};"):
                publisher.publish([event])
    publisher.publish(own)

    delivered = {body for queue in subscriptions() for body in types(bus.bodies(queue))}
    subscribed = set().union(*subscriptions().values())
    assert delivered == {event.event_type for event in own} & subscribed


def test_the_kitchens_timer_belongs_to_no_topic(bus: BusSetup) -> None:
    with pytest.raises(EventNotOwnedError, match="belongs to no topic"):
        bus.publisher.publish([TIMER])


def test_each_event_has_one_topic_except_for_the_kitchens_timer() -> None:
    assert set(EventType) - TOPICS.keys() == {EventType.COOKING_TIME_ELAPSED}
    assert {type_: topic for type_, topic in TOPICS.items() if type_.startswith("order.")} == {
        type_: topic for type_, topic in TOPICS.items() if topic is Topic.ORDERS
    }


def test_a_queue_subscribes_to_events_that_its_topic_has() -> None:
    for subscription in SUBSCRIPTIONS:
        topic = TOPIC_IDS[logical_id(subscription["TopicArn"])]
        wanted = subscription["FilterPolicy"]["event_type"]
        assert {TOPICS[EventType(type_)] for type_ in wanted} == {topic}


def test_a_queue_subscribes_to_one_topic() -> None:
    queues = [logical_id(subscription["Endpoint"]) for subscription in SUBSCRIPTIONS]

    assert len(queues) == len(set(queues)) == len(subscriptions())


def test_an_unavailable_bus_raises(bus: BusSetup) -> None:
    bus.make_unavailable()

    with pytest.raises(EventBusUnavailableError):
        bus.publisher.publish(EVENTS)


def test_the_fake_deployment_has_the_deployed_queues() -> None:
    fake = {f"{name.title().replace('_', '')}Queue": types for name, types in QUEUES.items()}

    assert subscriptions() == fake


def test_every_queue_gets_raw_messages_and_has_a_dead_letter_queue() -> None:
    queues = resources("AWS::SQS::Queue")

    for subscription in SUBSCRIPTIONS:
        assert subscription["RawMessageDelivery"] is True
        queue = queues[logical_id(subscription["Endpoint"])]
        dead_letters = logical_id(queue["RedrivePolicy"]["deadLetterTargetArn"])
        assert dead_letters in queues
        assert dead_letters.endswith("DeadLetterQueue")
        assert subscription["RedrivePolicy"] == {
            "deadLetterTargetArn": queue["RedrivePolicy"]["deadLetterTargetArn"]
        }
