"""Contract of payments without their order, for the fake and for the MongoDB adapter."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_orders import COLLECTION, UNMATCHED, MongoOrders
from gorder.order.errors import OrderUnreadableError, UnknownPayment
from gorder.order.payments import UnmatchedPayment
from tests.contract.conftest import Store
from tests.contract.mongo_finds import Finds
from tests.fakes.clock import NOON
from tests.fakes.examples import payment, refund


def test_a_payment_without_its_order_is_kept_once(database: Database[Document]) -> None:
    store = MongoOrders(lambda: database[COLLECTION])
    returned = replace(payment(), refunds=(refund(650),))

    store.keep_unmatched("missing", payment(), NOON)
    store.keep_unmatched("missing", returned, NOON + timedelta(hours=1))

    [record] = database[UNMATCHED].find({"order_id": "missing"})
    assert (record["_id"], record["order_id"], record["found_at"]) == ("pi_1", "missing", NOON)
    assert record["seen_at"] == NOON + timedelta(hours=1)
    assert list(record["payment"]["refunds"]) == ["re_1"]


def test_unmatched_payments_are_listed_newest_first_in_pages(store: Store) -> None:
    prefix = uuid4().hex
    keys = [f"pi_{prefix}_{number}" for number in range(4)]
    for key, hours in zip(keys, (1, 3, 2, 2), strict=True):
        later = NOON + timedelta(days=30, hours=hours)  # later than those of other tests
        store.keep_unmatched(f"order-{key}", payment(intent=key), later)

    first = store.unmatched_payments(2, None)
    rest = store.unmatched_payments(2, first[-1].payment.key)

    assert [found.payment.key for found in first + rest] == [keys[1], keys[3], keys[2], keys[0]]
    assert first[0] == UnmatchedPayment(
        f"order-{keys[1]}", payment(intent=keys[1]), NOON + timedelta(days=30, hours=3)
    )
    with pytest.raises(UnknownPayment, match="pi_never"):
        store.unmatched_payments(2, "pi_never")


@pytest.mark.servers
def test_unmatched_payments_are_listed_along_an_index(
    database: Database[Document], mongo_url: str
) -> None:
    finds = Finds()
    client: MongoClient[Document] = MongoClient(mongo_url, tz_aware=True, event_listeners=[finds])
    with client:
        store = MongoOrders(lambda: client.get_default_database()[COLLECTION])
        store.keep_unmatched("missing", payment(intent="pi_listed"), NOON)
        store.unmatched_payments(2, None)
        store.unmatched_payments(2, "pi_listed")

    plans = finds.plans(database)
    assert len(plans) == 4
    assert not [plan for plan in plans if "COLLSCAN" in plan]


@pytest.mark.servers
def test_a_record_of_a_payment_that_was_changed_by_hand_is_named(
    database: Database[Document],
) -> None:
    records = database.client[f"{database.name}_unmatched"]
    records[UNMATCHED].insert_one({"_id": "pi_x", "order_id": "order-x", "found_at": NOON})

    with pytest.raises(OrderUnreadableError, match="order-x cannot be read: payment: missing"):
        MongoOrders(lambda: records[COLLECTION]).unmatched_payments(1, None)
    database.client.drop_database(records.name)
