"""The sample events under `events/`, each to its function as built, deployed and run by Lambda."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from devstack import sam
from devstack.deployment import put_secret
from devstack.stack import Stack
from tests.e2e.conftest import wait_until
from tests.e2e.sample_functions import Listener, SampleFunctions
from tests.e2e.sample_stores import SampleStores, products_in
from tests.samples import TOKEN_KEY, brief, case_of, event, names

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class World:
    """All that an event has to do with."""

    stores: SampleStores
    functions: SampleFunctions
    bus: Listener


@pytest.fixture(scope="module")
def world(cloud: Stack, mysql_url: str, mongo_url: str) -> Iterator[World]:
    """Functions with stores, topic and token key of their own; Stripe and Redis they share."""
    environment = cloud.env()
    endpoint = environment["AWS_ENDPOINT_URL"]
    bus = Listener(endpoint)
    own = {
        **_secrets(endpoint, mysql_url, mongo_url),
        "GORDER_TOPIC_ARN": bus.topic_arn,
        "GORDER_KITCHEN_QUEUE_URL": sam.client("sqs", endpoint).create_queue(
            QueueName="sample-kitchen"
        )["QueueUrl"],
    }
    built = sam.built_template(cloud.directory.build).parent
    functions = SampleFunctions(built, endpoint, own)
    stores = SampleStores(mysql_url, mongo_url, products_in(environment))
    yield World(stores, functions, bus)
    stores.close()
    functions.close()


def _secrets(endpoint: str, mysql_url: str, mongo_url: str) -> dict[str, str]:
    contents = {
        "GORDER_MYSQL_SECRET": {"url": mysql_url},
        "GORDER_MONGO_SECRET": {"url": mongo_url},
        "GORDER_ACCESS_TOKEN_SECRET": {"current": TOKEN_KEY},
    }
    manager = sam.client("secretsmanager", endpoint)
    for variable, content in contents.items():
        put_secret(manager, f"sample/{variable}", content)
    return {variable: f"sample/{variable}" for variable in contents}


@pytest.mark.parametrize("name", names())
def test_a_sample_has_its_effect(world: World, name: str) -> None:
    case = case_of(name)
    world.bus.take()
    world.stores.begin(case.order)
    if case.order:
        world.functions.invoke("stock_check", event("stock_check/reserve"))

    answer = world.functions.invoke(case.function, event(name))

    assert brief(answer) == case.expected, answer
    _expect(world.bus, case.published)
    if case.reaches:
        assert world.stores.status() == case.reaches


def _expect(bus: Listener, published: tuple[str, ...]) -> None:
    """These and no others, in any sequence."""
    came: list[str] = []

    def all_there() -> bool:
        came.extend(bus.take())
        return len(came) >= len(published)

    wait_until(all_there, lambda: f"only {came} came of {published}")
    assert sorted(came) == sorted(published)
