"""An outage of the order store costs no stock where it is certain that nothing was sent."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient

from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import CUSTOMER_ID, pending
from tests.integration.stores.connection_proxy import connection_proxy

if TYPE_CHECKING:
    from gorder.order.adapters.mongo_documents import Document
    from tests.fakes.orders import MemoryOrders

pytestmark = pytest.mark.servers

IDLE_SECONDS = 1.1  # the driver then looks whether its connection is still open
BODY = json.dumps({"items": [{"id": "soup", "quantity": 1}]})


@contextmanager
def warm_orders(mongo_url: str) -> Iterator[tuple[MongoOrders, Callable[[], None]]]:
    """Yield a store with an open connection, and what stops its server."""
    address = urlsplit(mongo_url)
    assert address.hostname
    assert address.port
    with ExitStack() as server:
        proxy = server.enter_context(connection_proxy((address.hostname, address.port)))
        netloc = address.netloc.replace(str(address.port), str(proxy.port))
        client: MongoClient[Document] = MongoClient(
            address._replace(netloc=netloc, query="authSource=admin").geturl(),
            retryWrites=False,
            directConnection=True,
            serverSelectionTimeoutMS=200,
        )
        with (
            client,
            closing(MongoOrders(lambda: client.get_default_database()[COLLECTION])) as orders,
        ):
            orders.add(pending("warm"))
            yield orders, server.close


def order(deployment: FakeDeployment) -> int:
    event = http_event(BODY, {"customer_id": CUSTOMER_ID})
    status: int = deployment.call("create_order", event)["statusCode"]
    return status


def soups(deployment: FakeDeployment) -> int:
    return deployment.stock.run(lambda stock: stock.items(["soup"], lock=False))["soup"].available


def test_twelve_orders_while_the_order_store_is_down_hold_no_stock(mongo_url: str) -> None:
    with warm_orders(mongo_url) as (orders, stop):
        deployment = FakeDeployment(cast("MemoryOrders", orders))
        assert order(deployment) == 201
        stop()
        time.sleep(IDLE_SECONDS)

        assert [order(deployment) for _ in range(12)] == [503] * 12

        assert soups(deployment) == 9
