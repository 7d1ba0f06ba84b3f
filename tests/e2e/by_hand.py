"""Changes of orders by hand. The audit at the end of the tests leaves these orders out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gorder.clients.mongo import mongo_client
from tests.e2e.conftest import CustomerOrder, ShopClient


@contextmanager
def order_documents(shop: ShopClient, placed: CustomerOrder) -> Iterator[Any]:
    """Yield the collection of orders, to change the document of one of them."""
    shop.changed_by_hand.add(placed.order_id)
    with mongo_client(shop.environment["GORDER_MONGO_URL"]) as client:
        yield client.get_default_database()["orders"]


def change_order(shop: ShopClient, placed: CustomerOrder, fields: Mapping[str, object]) -> None:
    """Set fields of the order's document."""
    with order_documents(shop, placed) as orders:
        changed = orders.update_one({"_id": placed.order_id}, {"$set": dict(fields)})
    assert changed.matched_count == 1


def delete_order(shop: ShopClient, placed: CustomerOrder) -> None:
    """Delete the order's document."""
    with order_documents(shop, placed) as orders:
        assert orders.delete_one({"_id": placed.order_id}).deleted_count == 1
