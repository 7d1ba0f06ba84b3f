"""Contract of the order store: what it raises when it cannot be reached."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pymongo import MongoClient

from devstack.state import free_port
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.records import OrderFilter
from gorder.order.store_errors import OrderStoreUnavailableError, OrderStoreUnreachableError
from tests.contract.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.examples import payment, pending
from tests.fakes.orders import MemoryOrders

if TYPE_CHECKING:
    from gorder.order.adapters.mongo_documents import Document

OPERATIONS: dict[str, Callable[[Store], object]] = {
    "add": lambda store: store.add(pending()),
    "get": lambda store: store.get("x"),
    "replace": lambda store: store.replace(pending(), pending()),
    "undelivered": lambda store: store.undelivered(NOON, 1),
    "overdue": lambda store: store.overdue(NOON, 1),
    "keep_unmatched": lambda store: store.keep_unmatched("x", payment(), NOON),
    "unmatched_payments": lambda store: store.unmatched_payments(1, None),
    "unfinished": lambda store: store.unfinished(NOON, 1),
    "payment_keys": lambda store: store.payment_keys(["x"]),
    "oldest_undelivered": lambda store: store.oldest_undelivered(NOON),
    "postpone": lambda store: store.postpone("x", NOON),
    "list_placed": lambda store: store.list_placed(OrderFilter(), 1),
    "list_stuck": lambda store: store.list_stuck(OrderFilter(), NOON, 1),
    "postponement": lambda store: store.postponement("x"),
    "acknowledge": lambda store: store.acknowledge("x", ["y"]),
}


@pytest.fixture(scope="module")
def unreachable_store() -> Iterator[MongoOrders]:
    """A store at a port without a server."""
    url = f"mongodb://127.0.0.1:{free_port(set())}/gorder"
    client: MongoClient[Document] = MongoClient(url, serverSelectionTimeoutMS=50)
    with client:
        yield MongoOrders(lambda: client.get_default_database()[COLLECTION])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def test_an_unreachable_store_raises_unavailable(
    kind: str, operation: str, unreachable_store: MongoOrders
) -> None:
    memory = MemoryOrders()
    memory.faults.on(f"orders.{operation}")
    store: Store = memory if kind == "memory" else unreachable_store

    with pytest.raises(OrderStoreUnavailableError):
        OPERATIONS[operation](store)


@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.servers)])
def test_an_order_that_is_not_sent_is_reported_as_such(
    kind: str, unreachable_store: MongoOrders
) -> None:
    memory = MemoryOrders()
    memory.reachable = False
    store: Store = memory if kind == "memory" else unreachable_store

    with pytest.raises(OrderStoreUnreachableError):
        store.add(pending())
