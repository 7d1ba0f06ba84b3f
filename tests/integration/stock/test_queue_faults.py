"""The queue when leaders end or lose their places, and when the server is lost."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from gorder.clients.redis import redis_client
from gorder.runtime.secrets import SecretsUnavailableError
from gorder.stock.adapters import redis_queue
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import Contended, Held, NotHeld, Outcomes, StockContentionError
from gorder.stock.refusals import InsufficientStockRefusal
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.cutting_proxy import NOTHING_CUT, cutting_proxy
from tests.integration.stock.database import StockDatabase
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

NO_REDIS = "redis://127.0.0.1:1/0"
SHORT_SECONDS = 0.3
SLOW = {"StockLeaderLost"}  # what a loaded machine may count at any time


@pytest.fixture
def queue(redis_url: str, telemetry: MemoryTelemetry) -> Iterator[RedisQueue]:
    """A queue whose leaders lose their places soon."""
    queue = new_queue(redis_url, telemetry, leader_seconds=SHORT_SECONDS)
    yield queue
    queue.close()


@pytest.fixture
def soup(redis: Redis) -> ProductQueue:
    return ProductQueue(redis, leader_seconds=SHORT_SECONDS)


def test_the_places_of_dead_leaders_are_taken_over(
    soup: ProductQueue, queue: RedisQueue, telemetry: MemoryTelemetry
) -> None:
    soup.occupy()
    hold, serve = new_hold(), Served()
    assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    assert serve.batches == [[hold]]
    assert telemetry.counts.keys() <= SLOW


def test_a_request_in_the_batch_of_a_dead_leader_joins_again(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """The leader passes the next batch to its first request, whose process has ended."""
    dead, hold, serve = new_hold(), new_hold(), Served()
    soup.add(dead)
    queue = new_queue(redis_url, telemetry, leader_seconds=SHORT_SECONDS)
    soup.take_all_places()
    request = Request(queue, [hold], serve)
    wait_until(lambda: soup.waiting == 2, "the request did not wait")
    soup.pass_on()
    assert soup.waiting == 0
    assert request.result() == [reserved(hold)]
    assert serve.batches == [[hold]]


def test_a_request_in_a_batch_that_was_not_taken_waits_no_longer_than_a_look(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """No other request waits, and the place of the dead leader lasts for a minute."""
    soup = ProductQueue(redis)
    dead, hold, serve = new_hold(), new_hold(), Served()
    soup.add(dead)
    soup.take_all_places()
    request = Request(new_queue(redis_url, telemetry, budget_seconds=20), [hold], serve)
    wait_until(lambda: soup.waiting == 2, "the request did not wait")
    soup.pass_on()
    assert soup.waiting == 0
    assert request.result() == [reserved(hold)]
    assert serve.batches == [[hold]]
    assert telemetry.counts.keys() <= SLOW


def test_a_leader_that_lost_its_place_still_answers(
    redis: Redis, soup: ProductQueue, queue: RedisQueue, telemetry: MemoryTelemetry
) -> None:
    theirs, own = new_hold(), new_hold()
    other = soup.add(theirs)

    def serve(holds: Sequence[Hold]) -> Outcomes:
        wait_until(lambda: soup.leaders == 0, "the leader did not lose its place")
        soup.wait_again(other, theirs)
        return [reserved(hold) for hold in holds]

    assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert soup.waiting == 0
    assert soup.answer(other) == [reserved(theirs)]
    assert telemetry.counts.keys() == SLOW
    assert telemetry.warnings == ["stock.leader_lost"]
    assert redis.keys("*") == []


def test_a_leader_that_lost_its_place_leaves_the_place_of_the_next_one(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    def serve(holds: Sequence[Hold]) -> Outcomes:
        wait_until(lambda: soup.leaders == 0, "the leader did not lose its place")
        next_leader.append(soup.lead())
        return [reserved(hold) for hold in holds]

    next_leader: list[str] = []
    queue.reserve("soup", [new_hold()], serve)
    assert soup.leaders == 1


def test_a_connection_killed_while_idle_is_replaced(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    with closing(RedisQueue(lambda: redis_client(redis_url), telemetry)) as queue:
        queue.reserve("soup", [new_hold()], Served())
        redis.client_kill_filter(_type="normal", skipme=True)
        hold = new_hold()
        assert queue.reserve("soup", [hold], Served()) == [reserved(hold)]
    assert telemetry.counts.keys() <= SLOW
    assert redis.keys("*") == []


def test_a_connection_killed_while_leading_is_replaced(
    redis: Redis, soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    theirs, own = new_hold(), new_hold()
    other = soup.add(theirs)

    def serve(holds: Sequence[Hold]) -> Outcomes:
        redis.client_kill_filter(_type="normal", skipme=True)
        return [reserved(hold) for hold in holds]

    with closing(RedisQueue(lambda: redis_client(redis_url), telemetry)) as queue:
        assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert soup.answer(other) == [reserved(theirs)]
    assert telemetry.counts.keys() <= SLOW


def test_without_redis_requests_are_served_alone_and_redis_is_tried_again_after_five_seconds(
    redis_url: str, telemetry: MemoryTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, urls = [1000.0], [redis_url, NO_REDIS, NO_REDIS]  # a command is sent again once
    monkeypatch.setattr(redis_queue, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with closing(RedisQueue(lambda: redis_client(urls.pop()), telemetry)) as queue:
        for seconds in (0, 2.4, 2.4, 0.3):
            now[0] += seconds
            hold, serve = new_hold(), Served()
            assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
            assert serve.batches == [[hold]]
    assert urls == []
    assert telemetry.counts == {"StockQueueUnavailable": 3}
    assert telemetry.warnings == ["stock.queue_unavailable"]
    assert len(telemetry.timings["StockQueueWait"]) == 1


def test_a_refused_script_is_seen_at_the_second_look(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    address = urlsplit(redis_url)
    url = address._replace(netloc=f"cook:secret@{address.hostname}:{address.port}").geturl()
    server: Any = redis  # redis-py has no types here
    server.execute_command("ACL", "SETUSER", "cook", "on", ">secret", "~*", "+@all", "-eval")
    hold, serve = new_hold(), Served()
    try:
        with closing(RedisQueue(lambda: redis_client(url), telemetry)) as queue:
            assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    finally:
        server.execute_command("ACL", "DELUSER", "cook")
    assert serve.batches == [[hold]]
    assert telemetry.counts == {"StockQueueUnavailable": 1}
    assert telemetry.warnings == ["stock.queue_unavailable"]


@pytest.mark.parametrize("error", [None, StockContentionError("lost every race")])
def test_lost_answers_are_counted_and_hide_nothing(
    redis: Redis, queue: RedisQueue, telemetry: MemoryTelemetry, error: Exception | None
) -> None:
    hold, refusal = new_hold(), InsufficientStockRefusal("none left")

    def serve(_: Sequence[Hold]) -> Outcomes:
        redis.replicaof("127.0.0.1", 1)  # a replica refuses every script that writes
        if error:
            raise error
        return [refusal]

    try:
        if error:
            with pytest.raises(StockContentionError) as caught:
                queue.reserve("soup", [hold], serve)
            assert caught.value is error
        else:
            assert queue.reserve("soup", [hold], serve) == [refusal]
        assert telemetry.counts == {"StockAnswersLost": 1}
        assert telemetry.warnings == ["stock.answers_lost"]
        # Until it can be written, requests are served alone.
        assert queue.reserve("soup", [hold], Served()) == [reserved(hold)]
        assert telemetry.counts == {"StockAnswersLost": 1, "StockQueueUnavailable": 1}
    finally:
        redis.replicaof("NO", "ONE")


def test_a_password_that_cannot_be_read_is_an_unavailable_queue(telemetry: MemoryTelemetry) -> None:
    attempts = []

    def connect() -> Redis:
        attempts.append(1)
        raise SecretsUnavailableError("Secrets Manager does not answer")

    hold, serve = new_hold(), Served()
    with closing(RedisQueue(connect, telemetry)) as queue:
        assert queue.reserve("soup", [hold], serve) == [reserved(hold)]
    assert serve.batches == [[hold]]
    assert len(attempts) == 1
    assert telemetry.counts == {"StockQueueUnavailable": 1}


def test_a_password_that_cannot_be_read_while_leading_hides_nothing(
    redis: Redis, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    urls = [redis_url]
    own = new_hold()

    def connect() -> Redis:
        if not urls:
            raise SecretsUnavailableError("Secrets Manager does not answer")
        return redis_client(urls.pop())

    def serve(holds: Sequence[Hold]) -> Outcomes:
        redis.client_kill_filter(_type="normal", skipme=True)
        return [reserved(hold) for hold in holds]

    with closing(RedisQueue(connect, telemetry)) as queue:
        assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert telemetry.counts == {"StockAnswersLost": 1}


class Counter:
    """Reserves one unit at a time with a queue, on the real database."""

    def __init__(self, store: MysqlStockStore, queue: RedisQueue, product_id: str) -> None:
        self._reserve = ReserveStockHandler(store=InTheQueue(store), queue=queue)
        self._product_id = product_id

    def buy(self) -> str:
        hold = new_hold(self._product_id)
        (outcome,) = self._reserve(ReserveStock([hold]))
        return "reserved" if isinstance(outcome, Reservation) else type(outcome).__name__


class InTheQueue:
    """A store in which other requests have locked the rows at the first attempt."""

    def __init__(self, store: MysqlStockStore) -> None:
        self._store = store
        self.run = store.run
        self.try_settle = store.try_settle

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        return self._store.try_hold(holds, wait=True) if wait else Contended([])


def test_a_lost_batch_or_answer_is_asked_for_again_and_holds_once(
    database: StockDatabase, store: MysqlStockStore, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    """The server has removed what the request received when the connection is cut."""
    product_id = database.stocked(5)
    with cutting_proxy(redis_url, "in reply", at=b":answer:") as proxy:
        queue = new_queue(proxy.url.partition("?")[0], telemetry, leader_seconds=SHORT_SECONDS)
        counter = Counter(store, queue, product_id)
        assert counter.buy() == "reserved"
        assert proxy.cuts == 1, NOTHING_CUT
        queue.close()
    assert database.level(product_id) == (5, 1)
    assert database.unbalanced() == []
    assert telemetry.counts.keys() <= SLOW
