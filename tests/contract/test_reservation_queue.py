"""Contract of ReservationQueue, for the fake and for the Redis adapter."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NoReturn
from uuid import uuid4

import pytest

from gorder.clients.redis import redis_client
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.model import Hold, Price, Reservation, ReservedLine
from gorder.stock.ports import (
    Outcomes,
    ReservationQueue,
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
)
from gorder.stock.refusals import InsufficientStockRefusal, Shortfall
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.telemetry import MemoryTelemetry

EXPIRES = datetime(2026, 12, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.servers)])
def queue(request: pytest.FixtureRequest) -> Iterator[ReservationQueue]:
    """A queue whose leaders keep their places for longer than a request waits."""
    if request.param == "memory":
        yield MemoryQueue()
        return
    url = request.getfixturevalue("redis_url")
    telemetry = MemoryTelemetry()
    redis = RedisQueue(lambda: redis_client(url), telemetry, leader_seconds=600, budget_seconds=10)
    yield redis
    redis.close()
    assert telemetry.counts == {}


class Stopped(BaseException):
    """Ends a process, like `SystemExit`."""


def new_holds(count: int) -> list[Hold]:
    return [
        Hold(uuid4().hex, {"soup": number, "bread": 1}, EXPIRES) for number in range(1, 1 + count)
    ]


def reserved(hold: Hold) -> Reservation:
    lines = [
        ReservedLine(product_id, product_id, quantity, Price("price", 500, "eur"))
        for product_id, quantity in hold.quantities.items()
    ]
    return Reservation(hold.order_id, tuple(lines), hold.expires_at)


def test_a_request_is_served_once(queue: ReservationQueue) -> None:
    [hold] = new_holds(1)
    served: list[Hold] = []

    def serve(holds: Sequence[Hold]) -> Outcomes:
        served.extend(holds)
        return [reserved(each) for each in holds]

    assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    assert served == [hold]


def test_the_holds_of_a_request_keep_their_sequence(queue: ReservationQueue) -> None:
    holds = new_holds(50)
    outcomes = queue.reserve("soup", holds, lambda served: [reserved(hold) for hold in served])
    assert outcomes == [reserved(hold) for hold in holds]


def test_a_refusal_passes_unchanged(queue: ReservationQueue) -> None:
    refusal = InsufficientStockRefusal("none left", [Shortfall("soup", 2, 1)])
    held, refused = new_holds(2)
    outcomes = queue.reserve("soup", [held, refused], lambda _: [reserved(held), refusal])
    assert outcomes
    assert outcomes[0] == reserved(held)
    assert outcomes[1] is refusal


@pytest.mark.parametrize(
    "error",
    [
        StockContentionError("lost every race"),
        StockStoreUnavailableError("MySQL is down"),
        StockStoreError("no such table"),
        ValueError("a defect"),
        Stopped(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_passes_unchanged_and_frees_the_queue(
    queue: ReservationQueue, error: BaseException
) -> None:
    def fail(_: Sequence[Hold]) -> NoReturn:
        raise error

    for _ in range(3):  # more than the leaders that a product has at once
        with pytest.raises(type(error)) as caught:
            queue.reserve("soup", new_holds(1), fail)
        assert caught.value is error
    [hold] = new_holds(1)
    assert queue.reserve("soup", [hold], lambda _: [reserved(hold)]) == [reserved(hold)]


def test_a_new_queue_knows_no_contended_product(queue: ReservationQueue) -> None:
    assert queue.contended_product(["soup", "bread"]) is None
    assert queue.contended_product([]) is None
