"""Contract of payments without their order, for the fake and for the MongoDB adapter."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_indexes import ensure_indexes
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.adapters.mongo_unmatched import UNMATCHED, to_unmatched
from gorder.order.errors import UnknownPayment
from gorder.order.payments import KeptPayment, UnmatchedPayment, UnreadablePayment
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
    rest = store.unmatched_payments(2, first[-1].key)

    assert [found.key for found in first + rest] == [keys[1], keys[3], keys[2], keys[0]]
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
        store.unmatched_payments(100, None)
        store.unmatched_payments(100, "pi_listed")

    plans = finds.plans(database)
    assert len(plans) == 6
    assert not [plan for plan in plans if "COLLSCAN" in plan]


def test_each_one_who_keeps_a_payment_stays_on_record(store: Store) -> None:
    key, later = f"pi_{uuid4().hex}", NOON + timedelta(days=60)
    ann, bob = KeptPayment("ann", "I owe it."), KeptPayment("bob", "ok")
    paid = payment(intent=key)
    for kept in (None, ann, bob, ann, bob, None):
        store.keep_unmatched("missing", paid, later, kept)

    [found] = store.unmatched_payments(1, None)

    assert found == UnmatchedPayment("missing", paid, later, (ann, bob))


ANN, BOB, CAROL = KeptPayment("ann", "I owe it."), KeptPayment("bob", "ok"), KeptPayment("c", "so")
LATER = NOON + timedelta(days=1)
READABLE: list[tuple[dict[str, Any], Any, tuple[KeptPayment, ...]]] = [
    ({"payment.amount": "much"}, NOON, (ANN, BOB)),
    ({"payment": None}, NOON, (ANN, BOB)),
    ({"order_id": 7}, NOON, (ANN, BOB)),
    ({"found_at": "yesterday"}, LATER, (ANN, BOB)),
    ({"kept": "ann"}, NOON, (BOB,)),
    ({"kept.reason": 1}, NOON, (BOB,)),
    ({"kept_again": 1}, NOON, (ANN,)),
    ({"kept_again.1": {"by": "bob"}}, NOON, (ANN, BOB)),
    ({"kept.since": 1, "payment.amount": "much"}, NOON, (ANN, BOB)),
]


@pytest.mark.servers
@pytest.mark.parametrize("by", [CAROL, ANN, BOB], ids=lambda kept: kept.by)
@pytest.mark.parametrize(("change", "found_at", "kept"), READABLE, ids=str)
def test_what_can_be_read_of_a_changed_record_stays(
    database: Database[Document],
    change: dict[str, Any],
    found_at: datetime,
    kept: tuple[KeptPayment, ...],
    by: KeptPayment,
) -> None:
    store, key = MongoOrders(lambda: database[COLLECTION]), f"pi_{uuid4().hex}"
    paid = payment(intent=key)
    for each in (ANN, BOB):
        store.keep_unmatched("missing", paid, NOON, each)
    database[UNMATCHED].update_one({"_id": key}, {"$set": change})

    store.keep_unmatched("missing", paid, LATER, by)

    record = database[UNMATCHED].find_one({"_id": key}) or {}
    everyone = kept if by in kept else (*kept, by)
    assert to_unmatched(record) == UnmatchedPayment("missing", paid, found_at, everyone)


CHANGES: list[dict[str, Any]] = [
    {"found_at": "yesterday"},
    {"kept": "ann"},
    {"kept_again": [1]},
    {"payment": None},
    {"payment.amount": "much"},
    {"payment.payment_intent_id": "pi_other"},
    {"order_id": 7},
]


@pytest.mark.servers
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_record_that_was_changed_by_hand_is_named_and_replaced(
    database: Database[Document], change: dict[str, Any]
) -> None:
    records = database.client[f"{database.name}_unmatched"]
    ensure_indexes(records)
    store = MongoOrders(lambda: records[COLLECTION])
    ann, bob = KeptPayment("ann", "I owe it."), KeptPayment("bob", "ok")
    for number in range(4):
        store.keep_unmatched("missing", payment(intent=f"pi_{number}"), NOON, ann)
    records[UNMATCHED].update_many({"_id": {"$in": ["pi_1", "pi_2"]}}, {"$set": change})

    listed = store.unmatched_payments(9, None)
    pages = [store.unmatched_payments(1, None)]
    while pages[-1]:
        pages.append(store.unmatched_payments(1, pages[-1][0].key))

    assert [each for page in pages for each in page] == listed
    assert {each.key for each in listed} == {f"pi_{number}" for number in range(4)}
    unreadable = [each.key for each in listed if isinstance(each, UnreadablePayment)]
    assert unreadable == ["pi_2", "pi_1"]
    book = MongoOrderBook(store)
    assert book.unmatched(["pi_1"]) == {"pi_1": None}
    store.keep_unmatched("missing", payment(intent="pi_1"), NOON, bob)
    store.keep_unmatched("missing", payment(intent="pi_2"), NOON)  # as a webhook does
    kept = (bob,) if "kept" in change else (ann, bob)
    replaced = UnmatchedPayment("missing", payment(intent="pi_1"), NOON, kept)
    assert replaced in store.unmatched_payments(9, None)
    database.client.drop_database(records.name)
