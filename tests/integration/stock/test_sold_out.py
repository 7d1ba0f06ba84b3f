"""A product's queue on a real server when the product is sold out."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import override

import pytest

from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.model import Hold
from gorder.stock.ports import Outcomes, QueueTimeoutError
from gorder.stock.refusals import InsufficientStockRefusal, Shortfall
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.product_queue import (
    UNSERVED,
    ProductQueue,
    Request,
    Served,
    new_hold,
    new_queue,
    wait_until,
)

pytestmark = pytest.mark.servers


class Refusing(Served):
    """Refuses every hold: `available` units of the product are left."""

    def __init__(self, product_id: str, available: int | None) -> None:
        super().__init__()
        self.refusal = InsufficientStockRefusal("short", [Shortfall(product_id, 9, available)])

    @override
    def __call__(self, holds: Sequence[Hold]) -> Outcomes:
        super().__call__(holds)
        return [self.refusal for _ in holds]


def _waiting(queue: ProductQueue, count: int) -> list[str]:
    """Let requests wait. Their ids are short, because the bytes of a batch are limited."""
    return [queue.add(replace(new_hold(), order_id=f"{number}")) for number in range(count)]


def test_a_request_that_waits_leaves_the_queue_unserved(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    leaders = [soup.lead() for _ in range(redis_scripts.LEADERS)]
    queue, serve = new_queue(redis_url, telemetry), Served()
    requests = [Request(new_queue(redis_url, telemetry), [new_hold()], serve) for _ in range(3)]
    last = Request(queue, [new_hold()], serve)
    wait_until(lambda: soup.waiting == len(requests) + 1, "the requests did not wait")
    soup.sell_out(leaders[0])
    assert [request.result() for request in (*requests, last)] == [UNSERVED] * 4
    assert serve.batches == []
    assert queue.contended_product(["soup"]) is None
    assert (telemetry.counts, soup.waiting) == ({}, 0)


def test_a_request_that_leaves_the_queue_too_late_ends(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """It has no time to try again."""
    leaders, late = [soup.lead() for _ in range(redis_scripts.LEADERS)], threading.Event()
    queue = new_queue(redis_url, telemetry, too_late=late.is_set)
    request = Request(queue, [new_hold()], Served())
    wait_until(lambda: soup.waiting == 1, "the request did not wait")
    late.set()
    soup.sell_out(leaders[0])
    assert isinstance(request.result(), QueueTimeoutError)


def test_a_leader_that_finds_no_unit_empties_the_queue(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    requests = _waiting(soup, redis_scripts.LONGEST_BATCH + 5)
    serve = Refusing("soup", 0)
    assert queue.reserve("soup", [new_hold()], serve) is None  # its own entry was in no batch
    assert [len(batch) for batch in serve.batches] == [redis_scripts.LONGEST_BATCH]
    received = [soup.has_sold_out(request) for request in requests]
    assert received == [False] * redis_scripts.LONGEST_BATCH + [True] * 5
    assert (soup.waiting, soup.leaders) == (0, 0)


def test_a_leader_whose_batch_took_the_last_units_empties_the_queue(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    served, refusing = Served(), Refusing("soup", 0)

    def serve(holds: Sequence[Hold]) -> Outcomes:
        return [*served(holds[:2]), *refusing(holds[2:])]

    requests = _waiting(soup, redis_scripts.LONGEST_BATCH + 5)
    assert queue.reserve("soup", [new_hold()], serve) is None
    assert [soup.has_sold_out(request) for request in requests].count(True) == 5


@pytest.mark.parametrize(("product_id", "available"), [("soup", 1), ("soup", None), ("bread", 0)])
def test_after_another_refusal_the_next_batch_is_passed_on(
    soup: ProductQueue, queue: RedisQueue, product_id: str, available: int | None
) -> None:
    serve = Refusing(product_id, available)
    _waiting(soup, redis_scripts.LONGEST_BATCH + 5)
    assert queue.reserve("soup", [new_hold()], serve) == [serve.refusal]
    # The first request of the next batch has no process: the batch passes on without it.
    assert [len(batch) for batch in serve.batches] == [redis_scripts.LONGEST_BATCH, 5]


def test_a_leader_that_lost_its_place_does_not_empty_the_queue(soup: ProductQueue) -> None:
    """Units may have come back meanwhile."""
    soup.take_all_places()
    requests = _waiting(soup, 5)
    soup.sell_out("0" * redis_scripts.ID_LENGTH)
    assert not any(map(soup.has_sold_out, requests))
    assert soup.waiting == len(requests)


def test_a_long_queue_is_emptied_in_parts(soup: ProductQueue) -> None:
    leader = soup.lead()
    requests = _waiting(soup, redis_scripts.SOLD_OUT_REQUESTS + 5)
    soup.sell_out(leader)
    assert [soup.has_sold_out(request) for request in requests].count(True) == len(requests) - 5
    assert (soup.waiting, soup.requests) == (0, 5)  # in the batch of the next leader
