"""A product's queue on a real server when the product is sold out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis import Redis

from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.model import Hold, InsufficientStockRefusal, Shortfall
from gorder.stock.ports import Outcomes
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.product_queue import (
    ProductQueue,
    Request,
    Served,
    new_hold,
    new_queue,
    reserved,
    wait_until,
)

pytestmark = pytest.mark.servers


class Refusing(Served):
    """Refuses every hold: `available` units of the product are left."""

    def __init__(self, product_id: str, available: int | None) -> None:
        super().__init__()
        self.refusal = InsufficientStockRefusal("short", [Shortfall(product_id, 9, available)])

    def __call__(self, holds: Sequence[Hold]) -> Outcomes:
        super().__call__(holds)
        return [self.refusal for _ in holds]


def _two_batches(queue: ProductQueue) -> tuple[list[str], list[str]]:
    """Let more requests wait than a batch may have. Their ids are short: its bytes are limited."""
    holds = [replace(new_hold(), order_id=f"{n}") for n in range(redis_scripts.LONGEST_BATCH + 5)]
    requests = [queue.add(hold) for hold in holds]
    return requests[: redis_scripts.LONGEST_BATCH], requests[redis_scripts.LONGEST_BATCH :]


def test_requests_that_wait_are_served_alone(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    soup.occupy()
    refused = Refusing("soup", 0)
    served = [Served(), Served(), refused]
    holds = [new_hold() for _ in served]
    requests = [
        Request(new_queue(redis_url, telemetry), [hold], serve)
        for hold, serve in zip(holds, served, strict=True)
    ]
    wait_until(lambda: soup.waiting == len(holds), "the requests did not wait")
    soup.sell_out()
    results = [request.result() for request in requests]
    assert results == [[reserved(holds[0])], [reserved(holds[1])], [refused.refusal]]
    assert [serve.batches for serve in served] == [[[hold]] for hold in holds]
    assert (telemetry.counts, telemetry.gauges) == ({}, {})
    assert soup.waiting == 0


def test_an_error_of_a_request_that_is_served_alone_passes_unchanged(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    error = ValueError("a defect")

    def fail(_: Sequence[Hold]) -> Outcomes:
        raise error

    soup.occupy()
    request = Request(new_queue(redis_url, telemetry), [new_hold()], fail)
    wait_until(lambda: soup.waiting == 1, "the request did not wait")
    soup.sell_out()
    assert request.result() is error


def test_a_leader_that_finds_no_unit_empties_the_queue(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    first, later = _two_batches(soup)
    own, serve = new_hold(), Refusing("soup", 0)
    assert queue.reserve("soup", [own], serve) == [serve.refusal]
    assert [len(batch) for batch in serve.batches] == [len(first), 1]
    assert serve.batches[1] == [own]
    assert not any(map(soup.is_to_be_served_alone, first))
    assert all(map(soup.is_to_be_served_alone, later))
    assert (soup.waiting, soup.leaders) == (0, 0)


@pytest.mark.parametrize(("product_id", "available"), [("soup", 1), ("soup", None), ("bread", 0)])
def test_after_another_refusal_the_next_batch_is_passed_on(
    soup: ProductQueue, queue: RedisQueue, product_id: str, available: int | None
) -> None:
    serve = Refusing(product_id, available)
    first, later = _two_batches(soup)
    assert queue.reserve("soup", [new_hold()], serve) == [serve.refusal]
    # The first request of the next batch has no process: the batch passes on without it.
    assert [len(batch) for batch in serve.batches] == [len(first), len(later)]


def test_a_request_that_joins_just_after_a_sell_out_does_not_wait(
    redis: Redis, soup: ProductQueue, queue: RedisQueue, telemetry: MemoryTelemetry
) -> None:
    soup.occupy()
    soup.sell_out()
    redis.pexpire("gorder:{stock:soup}:sold_out", 60_000)  # a loaded machine is slow
    late, serve = new_hold(), Served()
    assert queue.reserve("soup", [late], serve) == [reserved(late)]
    assert serve.batches == [[late]]
    assert telemetry.gauges == {}

    redis.delete("gorder:{stock:soup}:sold_out")
    queue.reserve("soup", [late], serve)
    assert telemetry.gauges == {"StockBatchSize": 1}
