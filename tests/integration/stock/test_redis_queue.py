"""The queue on a real server: its keys, its leaders, and requests that end early."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from gorder.stock.adapters import redis_queue, redis_scripts
from gorder.stock.adapters.redis_messages import encode_holds
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.model import Hold
from gorder.stock.ports import (
    Outcomes,
    QueueTimeoutError,
    StockContentionError,
)
from gorder.stock.refusals import InsufficientStockRefusal, Shortfall
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


def test_every_key_has_the_tag_of_its_product_and_a_time_to_live(
    redis: Redis, soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    soup.lead(taken=False)
    seen: dict[Any, int] = {key: redis.pttl(key) for key in redis.keys("*")}
    redis.flushdb()
    soup.occupy()
    request = Request(new_queue(redis_url, telemetry), [new_hold()], Served())
    wait_until(lambda: soup.waiting == 1, "the request did not wait")
    seen |= {key: redis.pttl(key) for key in redis.keys("*")}
    soup.finish([reserved(new_hold())])
    request.result()
    kinds = {key.decode().removeprefix("gorder:{stock:soup}:").split(":")[0] for key in seen}
    assert kinds == {"waiting", "leaders", "served", "batch", "answer"}
    assert all(0 < milliseconds <= 60_000 for milliseconds in seen.values())


def test_a_lone_request_leaves_nothing_behind(redis: Redis, queue: RedisQueue) -> None:
    queue.reserve("soup", [new_hold()], Served())
    assert redis.keys("*") == []


def test_a_waiting_request_is_answered_by_the_leader(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """The refusal has come through Redis: it is equal, and another object."""
    soup.occupy()
    hold, refusal = new_hold(), InsufficientStockRefusal("none", [Shortfall("soup", 1, 0)])
    request = Request(new_queue(redis_url, telemetry), [hold], Served())
    wait_until(lambda: soup.waiting == 1, "the request did not wait")
    soup.finish([refusal])
    outcomes = request.result()
    assert not isinstance(outcomes, Exception)
    [outcome] = outcomes
    assert isinstance(outcome, InsufficientStockRefusal)
    assert (str(outcome), outcome.shortfalls) == ("none", refusal.shortfalls)
    assert telemetry.counts == {}
    assert len(telemetry.timings["StockQueueWait"]) == 1


def test_products_have_queues_of_their_own(soup: ProductQueue, queue: RedisQueue) -> None:
    soup.occupy()
    soup.add(new_hold())
    bread, serve = new_hold("bread"), Served()
    assert queue.reserve("bread", [bread], serve) == [reserved(bread)]
    assert serve.batches == [[bread]]
    assert (soup.leaders, soup.waiting) == (redis_scripts.LEADERS, 1)


def test_a_request_without_time_does_not_join(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    late, serve = new_queue(redis_url, telemetry, too_late=lambda: True), Served()
    with pytest.raises(QueueTimeoutError, match="deadline"):
        late.reserve("soup", [new_hold()], serve)
    assert serve.batches == []
    assert redis.info("clients")["connected_clients"] == 1


def test_a_batch_whose_leader_died_before_taking_it_waits_again(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    """The places last for a minute, longer than a request waits."""
    holds = [new_hold() for _ in range(3)]
    for hold in holds:
        soup.add(hold)
    for _ in range(redis_scripts.LEADERS):
        soup.lead(taken=False)
    own, serve = new_hold(), Served()
    queue.reserve("soup", [own], serve)
    assert [hold for batch in serve.batches for hold in batch] == [*holds, own]


def test_a_leader_whose_own_entry_waits_gets_one_batch_at_a_time(
    redis: Redis, soup: ProductQueue
) -> None:
    first = soup.lead()
    ids = [f"{number:0{redis_scripts.ID_LENGTH}}" for number in range(redis_scripts.LONGEST_BATCH)]
    redis.rpush("gorder:{stock:soup}:waiting", *ids)
    second = soup.lead()
    assert soup.waiting == 1
    batches = f"gorder:{{stock:soup}}:answer:{second}"
    time.sleep(redis_scripts.SECOND_LEADER_MS / 100)  # another leader may begin
    soup.end(first)
    assert redis.llen(batches) == 0
    soup.end(second)
    assert redis.llen(batches) == 1
    assert (soup.leaders, soup.waiting) == (1, 0)


def test_a_leader_whose_batch_was_lost_on_its_way_receives_it_again(
    redis: Redis, soup: ProductQueue
) -> None:
    request = soup.lead()
    entry = f"{request}{encode_holds([new_hold()])}"
    sent: Any
    for _ in range(2):
        redis.eval(redis_scripts.join(60_000), 1, "gorder:{stock:soup}", entry)
        [sent] = redis.lrange(f"gorder:{{stock:soup}}:answer:{request}", 0, -1)
        assert sent.startswith(f"{redis_scripts.BATCH}\n{request}".encode())


def test_a_request_that_gives_up_leaves_nothing_in_the_queue(
    redis: Redis, soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    soup.occupy()
    before, serve = sorted(redis.keys("*")), Served()
    impatient = new_queue(redis_url, telemetry, budget_seconds=0.1)
    with pytest.raises(QueueTimeoutError, match=r"product soup .* repeat"):
        impatient.reserve("soup", [new_hold()], serve)
    impatient.close()
    assert serve.batches == []
    assert sorted(redis.keys("*")) == before


def test_an_answer_that_comes_as_a_request_gives_up_is_used(
    soup: ProductQueue,
    redis_url: str,
    telemetry: MemoryTelemetry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    soup.occupy()
    hold = new_hold()
    own = soup.answered([reserved(hold)])
    monkeypatch.setattr("gorder.stock.adapters.redis_queue.secrets.token_hex", lambda _: own)
    late = new_queue(redis_url, telemetry, budget_seconds=0)
    assert late.reserve("soup", [hold], Served()) == [reserved(hold)]
    late.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stops the queue's clock; the returned function advances it."""
    now = [1000.0]
    monkeypatch.setattr(redis_queue, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


def test_a_contended_product_is_remembered_until_a_batch_of_one_was_served_for_a_second(
    soup: ProductQueue, queue: RedisQueue, clock: Callable[[float], None]
) -> None:
    queue.reserve("soup", [new_hold()], Served())  # because it met another request
    assert queue.contended_product(["bread", "soup"]) == "soup"
    assert queue.contended_product(["bread"]) is None
    clock(0.9)
    soup.add(new_hold())
    queue.reserve("soup", [new_hold()], Served())  # a batch of two
    clock(0.9)
    assert queue.contended_product(["soup"]) == "soup"
    queue.reserve("soup", [new_hold()], Served())  # a batch of one
    clock(0.2)
    assert queue.contended_product(["soup"]) is None


@pytest.mark.parametrize(
    "result",
    [InsufficientStockRefusal("none left"), StockContentionError("busy")],
    ids=lambda result: type(result).__name__,
)
def test_a_product_is_forgotten_when_nothing_was_reserved(
    queue: RedisQueue, result: Exception
) -> None:
    def serve(_: Sequence[Hold]) -> Outcomes:
        if isinstance(result, InsufficientStockRefusal):
            return [result]
        raise result

    queue.reserve("soup", [new_hold()], Served())
    assert queue.contended_product(["soup"]) == "soup"
    with suppress(StockContentionError):
        queue.reserve("soup", [new_hold()], serve)
    assert queue.contended_product(["soup"]) is None
