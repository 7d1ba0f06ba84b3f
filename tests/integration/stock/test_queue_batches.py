"""A batch of the queue on a real server: what is in it, and what each request gets."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis import Redis

from gorder.errors import LaterReleaseError
from gorder.runtime.secrets import SecretsUnavailableError
from gorder.stock.adapters import redis_scripts
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.adapters.redis_messages import encode_holds
from gorder.stock.adapters.redis_queue import RedisQueue
from gorder.stock.batch import outcomes_of
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import (
    Outcomes,
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
)
from tests.fakes.telemetry import MemoryTelemetry
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


def test_requests_are_served_in_the_sequence_of_their_arrival(
    soup: ProductQueue, queue: RedisQueue, telemetry: MemoryTelemetry
) -> None:
    holds, serve = [new_hold() for _ in range(20)], Served()
    requests = [soup.add(hold) for hold in holds]
    own = new_hold()
    assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert serve.batches == [[*holds, own]]
    assert [soup.answer(request) for request in requests] == [[reserved(hold)] for hold in holds]
    assert telemetry.gauges == {"StockBatchSize": 21}
    assert telemetry.counts == {}


def test_a_batch_has_a_limited_number_of_requests(soup: ProductQueue, queue: RedisQueue) -> None:
    holds = [replace(new_hold(), order_id=f"{n}") for n in range(redis_scripts.LONGEST_BATCH)]
    serve = Served()
    requests = [soup.add(hold) for hold in holds]
    own = new_hold()
    assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert serve.batches == [holds, [own]]
    assert [soup.answer(request) for request in requests] == [[reserved(hold)] for hold in holds]


@pytest.mark.parametrize("own", [60, 200], ids=["with others too long", "too long alone"])
def test_a_batch_has_a_limited_number_of_bytes(
    soup: ProductQueue, queue: RedisQueue, own: int
) -> None:
    """A request that is longer than the limit is a batch of its own."""
    first, second, holds = ([new_hold() for _ in range(count)] for count in (90, 1, own))
    bytes_each = len(encode_holds(first)) / len(first)
    assert 92 * bytes_each < redis_scripts.LONGEST_BATCH_BYTES < 150 * bytes_each
    soup.add(*first)
    soup.add(*second)
    serve = Served()
    assert queue.reserve("soup", holds, serve) == [reserved(hold) for hold in holds]
    assert serve.batches == [[*first, *second], holds]


def test_the_holds_of_a_request_keep_their_sequence_in_a_batch(
    soup: ProductQueue, queue: RedisQueue
) -> None:
    theirs, own, serve = [new_hold() for _ in range(3)], [new_hold() for _ in range(3)], Served()
    request = soup.add(*theirs)
    assert queue.reserve("soup", own, serve) == [reserved(hold) for hold in own]
    assert soup.answer(request) == [reserved(hold) for hold in theirs]
    assert len(serve.batches) == 1


def test_a_failing_request_fails_alone(soup: ProductQueue, queue: RedisQueue) -> None:
    held, failing, own = new_hold(), new_hold(), new_hold()
    requests = [soup.add(held), soup.add(failing)]

    def serve(holds: Sequence[Hold]) -> Outcomes:
        if failing in holds:
            raise LaterReleaseError("a state of a later release")
        return [reserved(hold) for hold in holds]

    assert queue.reserve("soup", [own], serve) == [reserved(own)]
    assert soup.answer(requests[0]) == [reserved(held)]
    failure = soup.answer(requests[1])
    assert isinstance(failure, LaterReleaseError)
    assert str(failure) == "a state of a later release"


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (StockContentionError("lost every race"), StockContentionError),
        (SecretsUnavailableError("no password"), StockStoreUnavailableError),
    ],
)
def test_a_busy_store_is_asked_once_for_a_batch(
    soup: ProductQueue, queue: RedisQueue, error: Exception, answer: type[Exception]
) -> None:
    request, batches = soup.add(new_hold()), []

    def serve(holds: Sequence[Hold]) -> Outcomes:
        batches.append(holds)
        raise error

    with pytest.raises(type(error)) as caught:
        queue.reserve("soup", [new_hold()], serve)
    assert caught.value is error
    assert [len(batch) for batch in batches] == [2]
    assert isinstance(soup.answer(request), answer)


def test_an_entry_that_cannot_be_read_fails_alone(
    redis: Redis, soup: ProductQueue, queue: RedisQueue
) -> None:
    redis.rpush("gorder:{stock:soup}:waiting", f"{0:016}[[1]]", f"{1:016}no JSON")
    own = new_hold()
    assert queue.reserve("soup", [own], Served()) == [reserved(own)]
    assert isinstance(soup.answer(f"{0:016}"), StockStoreError)
    assert isinstance(soup.answer(f"{1:016}"), StockStoreError)
    assert soup.leaders == 0


def test_a_leader_whose_time_is_up_leaves_its_batch_to_others(
    soup: ProductQueue, redis_url: str, telemetry: MemoryTelemetry
) -> None:
    late: list[bool] = []
    hold, served = new_hold(), Served()

    def serve(_: Sequence[Hold]) -> Outcomes:
        late.append(True)
        raise StockStoreUnavailableError("no time for a statement")

    soup.take_all_places()
    leader = new_queue(redis_url, telemetry, too_late=lambda: late)
    first = Request(leader, [new_hold()], serve)
    wait_until(lambda: soup.waiting == 1, "the first request did not wait")
    other = Request(new_queue(redis_url, telemetry), [hold], served)
    wait_until(lambda: soup.waiting == 2, "the other request did not wait")
    soup.pass_on()
    assert isinstance(first.result(), StockStoreUnavailableError)
    assert other.result() == [reserved(hold)]
    assert served.batches == [[hold]]


def test_a_reservation_of_a_later_release_fails_only_its_own_request(
    database: StockDatabase, store: MysqlStockStore, redis: Redis, queue: RedisQueue
) -> None:
    product_id = database.stocked(9)
    holds = [new_hold(product_id) for _ in range(3)]
    later, other, own = holds
    reserve = ReserveStockHandler(store=store, queue=queue)
    reserve(ReserveStock([later]))
    database.rows("ALTER TABLE reservations DROP CONSTRAINT reservations_known_state")
    database.rows("UPDATE reservations SET state = 'exchanged' WHERE order_id = %s", later.order_id)
    queue.reserve(product_id, [new_hold(product_id)], Served())  # the product is contended
    waiting = ProductQueue(redis, product_id)
    requests = [waiting.add(later), waiting.add(other)]
    reserve(ReserveStock([own]))
    assert isinstance(waiting.answer(requests[0]), LaterReleaseError)
    [outcome] = outcomes_of(waiting.answer(requests[1]) or [])
    assert isinstance(outcome, Reservation)
    assert database.level(product_id) == (9, 3)
