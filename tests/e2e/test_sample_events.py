"""The sample events under `events/`, each sent to a deployed copy of its function."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from devstack import sam
from devstack.deployment import put_secret
from devstack.stack import Stack
from gorder.clients.stripe import stripe_client
from gorder.order.model import Order
from gorder.payment.adapters.stripe_gateway import StripeGateway
from tests.e2e.conftest import ShopClient, wait_until
from tests.e2e.sample_functions import SampleFunctions, SampleTopic
from tests.e2e.sample_stores import SampleStores, sample_products
from tests.fakes.examples import PAGE_OPTIONS, SESSION_ID
from tests.samples import (
    ORDER_ID_KEY,
    TOKEN_KEY,
    Case,
    Json,
    brief,
    case_of,
    event,
    names,
    page_of,
)

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class SampleEnvironment:
    """The stores, functions and topic of the sample events."""

    stores: SampleStores
    functions: SampleFunctions
    topic: SampleTopic


@pytest.fixture(scope="module")
def samples(cloud: Stack, mysql_url: str, mongo_url: str) -> Iterator[SampleEnvironment]:
    """Functions with separate stores, topic and token key. They share Stripe and Redis."""
    environment = cloud.env()
    topic = SampleTopic(environment)
    overrides = {
        **_secrets(environment, mysql_url, mongo_url),
        "GORDER_ORDER_TOPIC_ARN": topic.arn,
        "GORDER_STRIPE_TOPIC_ARN": topic.arn,
        "GORDER_KITCHEN_QUEUE_URL": sam.client("sqs", environment).create_queue(
            QueueName="sample-kitchen"
        )["QueueUrl"],
    }
    built = sam.built_template(cloud.directory.build).parent
    functions = SampleFunctions(built, environment, overrides)
    stores = SampleStores(mysql_url, mongo_url, sample_products(environment))
    yield SampleEnvironment(stores, functions, topic)
    stores.close()
    functions.close()


def _secrets(aws: Mapping[str, str], mysql_url: str, mongo_url: str) -> dict[str, str]:
    contents = {
        "GORDER_MYSQL_SECRET": {"url": mysql_url},
        "GORDER_MONGO_SECRET": {"url": mongo_url},
        "GORDER_ACCESS_TOKEN_SECRET": {"current": TOKEN_KEY},
        "GORDER_ORDER_ID_SECRET": {"key": ORDER_ID_KEY},
    }
    manager = sam.client("secretsmanager", aws)
    for variable, content in contents.items():
        put_secret(manager, f"sample/{variable}", content)
    return {variable: f"sample/{variable}" for variable in contents}


@pytest.mark.parametrize("name", [name for name in names() if "publish_pages/" not in name])
def test_a_sample_event_has_its_effect(
    shop: ShopClient, samples: SampleEnvironment, name: str
) -> None:
    case = case_of(name)
    samples.topic.take()
    order, content = case.order, event(name)
    if order and case.is_paid:
        order, content = paid_at_stripe(shop, case, samples.stores.priced(order), content)
    samples.stores.reset(order)
    if order:
        samples.functions.invoke("stock_check", event("stock_check/reserve"))

    result = samples.functions.invoke(case.function, content)

    assert brief(result) == case.expected, result
    if not case.reads_events:
        _assert_published(samples.topic, case.published)
    if case.reaches:
        assert samples.stores.status() == case.reaches


def paid_at_stripe(shop: ShopClient, case: Case, order: Order, content: Json) -> tuple[Order, Json]:
    """Pay the order's page, and put Stripe's ids into the order and its event."""
    client = stripe_client(shop.environment["STRIPE_API_KEY"], shop.stripe_base)
    gateway = StripeGateway(client, sam.STACK)
    page = gateway.create_page(page_of(order), PAGE_OPTIONS)
    shop.control(f"sessions/{page.session_id}/pay", outcome="paid")
    payment = gateway.page(page.session_id).payment
    assert payment is not None
    assert payment.payment_intent_id is not None
    text = json.dumps(content).replace(SESSION_ID, page.session_id)
    text = text.replace("pi_1", payment.payment_intent_id)
    checkout = replace(order.checkout, session_id=page.session_id)
    payments = tuple(
        replace(each, session_id=page.session_id, payment_intent_id=payment.payment_intent_id)
        for each in order.payments
    )
    if case.refunded:
        shop.control("refunds", payment_intent=payment.payment_intent_id, amount=case.refunded)
    if case.is_disputed:
        intent = client.v1.payment_intents.retrieve(payment.payment_intent_id)
        shop.control("disputes", charge=intent.latest_charge)
    return replace(order, checkout=checkout, payments=payments), json.loads(text)


def _assert_published(topic: SampleTopic, expected: tuple[str, ...]) -> None:
    """Check that the topic receives these event types and no others, in any order."""
    received: list[str] = []

    def complete() -> bool:
        received.extend(topic.take())
        return len(received) >= len(expected)

    wait_until(complete, lambda: f"{received} were published of {expected}")
    assert sorted(received) == sorted(expected)
