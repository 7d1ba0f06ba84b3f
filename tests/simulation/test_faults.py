"""Reservations stay right whatever fails, and each buyer gets an answer or a retryable error.

GORDER_SIMULATION_SEEDS is the number of seeds of each test. Raise it after a change of the queue.
A failed test names its seed.
"""

import os
from collections import deque
from collections.abc import Callable

import pytest

from gorder.stock.adapters.redis_scripts import ID_LENGTH, LONGEST_BATCH
from tests.simulation.faults import Fault
from tests.simulation.properties import require_properties, require_single_places
from tests.simulation.simulation import Simulation, simulation

SEEDS = range(int(os.environ.get("GORDER_SIMULATION_SEEDS", "3")))
LOST_MESSAGES = (Fault.REDIS_REQUEST_LOST, Fault.REDIS_REPLY_LOST, Fault.REDIS_REPLY_LATE)
EVERYTHING = dict.fromkeys(Fault, 0.003)


def storm(running: Simulation, *, customers: int = 32, orders: int = 8) -> None:
    """Start customers of two hot products with fewer units than orders; a part wants both."""
    running.stock(customers * orders // 2, "a", "b")
    random = running.scheduler.random
    for _ in range(customers):
        wanted = random.choices([("a",), ("b",), ("a", "b")], [6, 2, 2], k=orders)
        running.customer(
            deque(running.order(*each) for each in wanted), delay=random.uniform(0, 0.05)
        )
    for check in range(1000):
        running.scheduler.after(check * 0.005, lambda: require_single_places(running))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", Fault)
def test_a_fault(fault: Fault, seed: int) -> None:
    rate = 0.2 if "leader" in fault or "store" in fault else 0.03
    with simulation(seed, rates={fault: rate}) as running:
        storm(running)
        running.scheduler.run(120)

        assert running.suffered[fault] > 0
        assert _longest_seconds(running) <= 6
        require_properties(running, "a", "b")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", LOST_MESSAGES)
def test_a_lost_message_is_sent_again(fault: Fault, seed: int) -> None:
    """Each message is sent again after half a second. Lost twice, it counts as lost."""
    with simulation(seed, rates={fault: 0.03}) as running:
        storm(running)
        running.scheduler.run(120)

        warnings = running.telemetry.warnings
        lost = warnings.count("stock.queue_unavailable") + warnings.count("stock.answers_lost")
        assert lost <= running.suffered[fault] / 2
        if lost == 0:
            assert _longest_seconds(running) <= 1.6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_process_that_is_next_to_lead_delays_the_others_briefly(seed: int) -> None:
    with simulation(seed) as running:
        running.stock(100_000, "a")
        running.buyers(16, 1, "a")
        running.scheduler.after(0.1, lambda: _kill_next_leader(running))
        running.scheduler.run(20)

        assert [purchase.killed for purchase in running.purchases].count(True) == 1
        assert _longest_seconds(running) <= 0.6
        require_properties(running, "a")


def _kill_next_leader(running: Simulation) -> None:
    """Kill the first process of the queue, as soon as one waits."""
    redis = running.redis
    first = redis.keys.execute(b"LINDEX", b"gorder:{stock:a}:waiting", b"0")
    box = b"gorder:{stock:a}:answer:" + first[:ID_LENGTH] if first else b""
    if waiting := redis.blocked.get(box):
        connection = waiting[0]
        connection.process.die()
        redis.disconnect(connection)  # before the next batch is sent to it
    else:
        running.scheduler.after(0.0001, lambda: _kill_next_leader(running))


def _longest_seconds(running: Simulation) -> float:
    return max(purchase.seconds for purchase in running.purchases if purchase.ended is not None)


@pytest.mark.parametrize("seed", range(3 * len(SEEDS)))
@pytest.mark.parametrize(("customers", "orders"), [(32, 8), (2 * LONGEST_BATCH, 2)])
def test_all_faults_together(customers: int, orders: int, seed: int) -> None:
    with simulation(seed, rates=EVERYTHING) as running:
        storm(running, customers=customers, orders=orders)
        outages = [redis_stops, redis_restarts_empty, store_stops]
        running.scheduler.random.choice(outages)(running)
        running.scheduler.run(120)

        require_properties(running, "a", "b")


def redis_stops(running: Simulation) -> None:
    running.scheduler.after(0.04, running.redis.stop)
    running.scheduler.after(0.10, lambda: running.redis.start(empty=False))


def redis_stops_for_long(running: Simulation) -> None:
    running.scheduler.after(0.04, running.redis.stop)
    running.scheduler.after(7, lambda: running.redis.start(empty=False))


def redis_restarts_empty(running: Simulation) -> None:
    running.scheduler.after(0.04, running.redis.stop)
    running.scheduler.after(0.05, lambda: running.redis.start(empty=True))


def store_stops(running: Simulation) -> None:
    running.scheduler.after(0.04, running.database.stop)
    running.scheduler.after(0.10, running.database.start)


OUTAGES = [redis_stops, redis_stops_for_long, redis_restarts_empty, store_stops]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage(outage: Callable[[Simulation], None], seed: int) -> None:
    with simulation(seed) as running:
        storm(running)
        outage(running)
        running.scheduler.run(120)

        require_properties(running, "a", "b")
