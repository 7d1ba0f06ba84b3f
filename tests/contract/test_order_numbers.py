"""The numbers to call out: contract of both order stores, and the counter in MongoDB."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from bson import Decimal128, Int64
from pymongo.database import Database

from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_numbers import COUNTERS
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.numbers import FIRST_NUMBER, LAST_NUMBER
from gorder.order.ports import OrderRepository

WRITERS = 6
NUMBERS = LAST_NUMBER - FIRST_NUMBER + 1
COUNTER = {"_id": "order_numbers"}


@pytest.fixture
def orders(database: Database[Document]) -> MongoOrders:
    return MongoOrders(lambda: database[COLLECTION])


def set_counter(database: Database[Document], drawn: object) -> None:
    database[COUNTERS].replace_one(COUNTER, {"drawn": drawn}, upsert=True)


def test_numbers_follow_each_other_and_begin_again(store: OrderRepository) -> None:
    first = store.next_number()

    numbers = [store.next_number() for _ in range(NUMBERS)]

    assert numbers[-1] == first
    assert sorted(numbers) == list(range(FIRST_NUMBER, LAST_NUMBER + 1))
    assert numbers[numbers.index(LAST_NUMBER) :][1:2] in ([FIRST_NUMBER], [])


def test_no_number_is_given_twice_to_concurrent_callers(store: OrderRepository) -> None:
    barrier = Barrier(WRITERS)

    def draw(_writer: int) -> list[int]:
        barrier.wait(timeout=30)
        return [store.next_number() for _ in range(NUMBERS // WRITERS)]

    with ThreadPoolExecutor(WRITERS) as pool:
        numbers = [number for drawn in pool.map(draw, range(WRITERS)) for number in drawn]

    assert sorted(numbers) == list(range(FIRST_NUMBER, LAST_NUMBER + 1))


@pytest.mark.servers
def test_a_missing_counter_begins_once_for_many(
    orders: MongoOrders, database: Database[Document]
) -> None:
    database[COUNTERS].delete_one(COUNTER)

    assert_begins_once(concurrently(orders))


def assert_begins_once(numbers: list[int]) -> None:
    """Check that they are the first ones, all different. There may be gaps."""
    assert len(set(numbers)) == WRITERS
    assert FIRST_NUMBER <= numbers[0] < numbers[-1] < FIRST_NUMBER + 10 * WRITERS


def concurrently(orders: MongoOrders) -> list[int]:
    barrier = Barrier(WRITERS)

    def draw(_writer: int) -> int:
        barrier.wait(timeout=30)
        return orders.next_number()

    with ThreadPoolExecutor(WRITERS) as pool:
        return sorted(pool.map(draw, range(WRITERS)))


DAMAGED: dict[str, Callable[[], Any]] = {
    "text": lambda: "7",
    "null": lambda: None,
    "truth": lambda: True,
    "list": lambda: [1],
    "document": lambda: {"$numberLong": 1},
    "time": lambda: datetime(2026, 11, 29, tzinfo=UTC),
    "fraction": lambda: 1.5,
    "not a number": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "decimal": lambda: Decimal128("3"),
    "too large": lambda: Int64(2**63 - 1),
}


@pytest.mark.servers
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_counter_begins_again_once_for_many(
    orders: MongoOrders, database: Database[Document], name: str
) -> None:
    set_counter(database, DAMAGED[name]())

    assert_begins_once(concurrently(orders))


@pytest.mark.servers
@pytest.mark.parametrize(
    ("drawn", "number"),
    [(0, 100), (898, 998), (899, 999), (900, 100), (-1, 999), (Int64(2**40), 100 + 2**40 % 900)],
)
def test_any_whole_number_is_a_counter(
    orders: MongoOrders, database: Database[Document], drawn: int, number: int
) -> None:
    set_counter(database, drawn)

    assert orders.next_number() == number


@pytest.mark.servers
def test_a_counter_without_its_field_begins(
    orders: MongoOrders, database: Database[Document]
) -> None:
    database[COUNTERS].replace_one(COUNTER, {"of_a_later_release": 1}, upsert=True)

    assert orders.next_number() == FIRST_NUMBER
