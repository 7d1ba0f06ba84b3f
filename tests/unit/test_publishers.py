"""Each function publishes to the topics in its variables, composed as it is deployed."""

import json
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from inspect import unwrap
from typing import Any

import boto3
import pytest
from moto import mock_aws

from devstack.template import functions
from gorder.bootstrap import event_bus
from gorder.bootstrap.event_bus import event_publisher
from gorder.bootstrap.order_store import mongo_orders
from gorder.contracts.bus import EventNotOwnedError
from gorder.contracts.events import (
    Event,
    OrderData,
    OrderPaid,
    PaymentData,
    PaymentSucceeded,
)
from gorder.runtime.sns import SnsPublisher
from tests.fakes.clock import NOON
from tests.policies import DeployedTemplate

SECRETS = {
    "MysqlSecret": {"url": "mysql://127.0.0.1/gorder"},
    "RedisSecret": {"url": "redis://127.0.0.1"},
    "MongoSecret": {"url": "mongodb://127.0.0.1/gorder"},
    "StripeSecret": {"api_key": "rk_test_" + "a1" * 16},
    "StripeWebhookSecret": {"webhook_secret": "whsec_" + "a1" * 16},
    "AccessTokenSecret": {"current": "0" * 64},
    "OrderIdSecret": {"key": "1" * 64},
}
DEPLOYED = DeployedTemplate({"Pages": "false"} | {f"{name}Id": name for name in SECRETS})
VARIABLES = {name: each["Environment"]["Variables"] for name, each in functions().items()}
ENVELOPE: dict[str, Any] = {"event_id": "event-1", "occurred_at": NOON, "trace_id": "t"}
EVENTS: dict[str, Event] = {
    "GORDER_ORDER_TOPIC_ARN": OrderPaid(**ENVELOPE, data=OrderData(order_id="order-1")),
    "GORDER_STRIPE_TOPIC_ARN": PaymentSucceeded(
        **ENVELOPE,
        data=PaymentData(
            order_id="order-1", session_id="cs", payment_intent_id="pi", amount=1, currency="eur"
        ),
    ),
}


class RecordingSns:
    """Records the topic of each event type."""

    def __init__(self) -> None:
        self.published: dict[str, str] = {}

    def publish(self, *, TopicArn: str, Message: str, MessageAttributes: object) -> None:  # noqa: N803 - as boto3 has it
        assert MessageAttributes
        self.published[json.loads(Message)["event_type"]] = TopicArn


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingSns]:
    """The topics of an account that has the secrets."""
    client = RecordingSns()
    monkeypatch.setattr(event_bus, "sns_client", lambda: client)
    for variables in VARIABLES.values():
        for name in variables:
            monkeypatch.delenv(name, raising=False)
    caches = (event_publisher, mongo_orders)
    for cached in caches:
        cached.cache_clear()
    with mock_aws():
        for name, fields in SECRETS.items():
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(fields))
        yield client
    for cached in caches:
        cached.cache_clear()


def publisher(*given: object, **parts: object) -> SnsPublisher:
    """Return the one publisher among the parts from which a function is built."""
    [found] = [part for part in (*given, *parts.values()) if isinstance(part, SnsPublisher)]
    return found


@pytest.mark.parametrize(
    "function", [name for name, given in VARIABLES.items() if given.keys() & EVENTS.keys()]
)
def test_a_function_publishes_to_the_topics_in_its_variables(
    function: str, sns: RecordingSns, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = DEPLOYED.resolve(VARIABLES[function])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    module = import_module(f"gorder.bootstrap.{function}")
    builder = "build" if hasattr(module, "build") else "order_office"  # of the back office
    monkeypatch.setattr(module, builder, publisher)

    made = unwrap(module.service)()
    bus = made if isinstance(made, SnsPublisher) else made.orders
    for event in EVENTS.values():
        with suppress(EventNotOwnedError):
            bus.publish([event])

    assert sns.published == {
        event.event_type: variables[name] for name, event in EVENTS.items() if name in variables
    }
