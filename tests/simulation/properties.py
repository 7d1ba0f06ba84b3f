"""What holds after every simulation, whatever went wrong in it."""

from collections import Counter
from functools import partial
from typing import Final

from gorder.stock.adapters.redis_scripts import ID_LENGTH
from gorder.stock.model import Reservation
from gorder.stock.refusals import InsufficientStockRefusal
from tests.fakes.stock_ledger import MemoryLedger, full_audit
from tests.simulation.simulation import Simulation

ANSWER_SECONDS: Final = 11.0
"""The timeout of the stock function in template.yaml."""


def require_properties(simulation: Simulation, *product_ids: str) -> None:
    """Check everything at the end of a storm."""
    require_books(simulation)
    require_answers(simulation)
    require_redis_empties(simulation)
    require_direct_path(simulation, product_ids)


def require_single_places(simulation: Simulation) -> None:
    """Check that each request has one place at most: in a queue or in one batch."""
    places: Counter[bytes] = Counter()
    for key, (value, _) in simulation.redis.keys.dump().items():
        if key.endswith(b":waiting") or b":served:" in key:
            assert isinstance(value, list | set)
            places.update(entry[:ID_LENGTH] for entry in value)
    assert [request for request, count in places.items() if count > 1] == []


def require_books(simulation: Simulation) -> None:
    """Check that no order was held twice, and that the units equal the reservations.

    The database checks at each commit that nothing is oversold.
    """
    kept = simulation.database.kept
    commits = Counter(o for commit in simulation.database.commits for o in commit.order_ids)
    assert all(count == 1 for count in commits.values())
    assert commits.keys() == kept.reserved.keys()
    assert full_audit(MemoryLedger(kept)) == []


def require_answers(simulation: Simulation) -> None:
    """Check that each buyer whose process lives has the right answer, in time."""
    reserved = simulation.database.kept.reserved
    for purchase in simulation.purchases:
        if purchase.killed:
            continue
        assert purchase.ended is not None, f"no answer: {purchase}"
        assert purchase.seconds <= ANSWER_SECONDS, purchase
        stored = reserved.get(purchase.order_id)
        if isinstance(purchase.outcome, Reservation):
            assert stored is not None, f"reserved nothing: {purchase}"
            assert stored.quantities == purchase.outcome.quantities == purchase.quantities
            assert set(stored.lines) == set(purchase.outcome.lines)
            assert stored.expires_at == purchase.outcome.expires_at
            assert purchase.outcome.is_held
        elif purchase.error is None:
            assert isinstance(purchase.outcome, InsufficientStockRefusal), purchase
            assert stored is None, f"refused what is held: {purchase}"


def require_redis_empties(simulation: Simulation) -> None:
    """Check that each key of Redis expires, and that none is left when it is idle."""
    keys = simulation.redis.keys
    assert [key for key, (_, expires) in keys.dump().items() if not expires] == []
    simulation.scheduler.run(simulation.scheduler.now + 61)
    assert keys.dump() == {}


def require_direct_path(simulation: Simulation, product_ids: tuple[str, ...]) -> None:
    """Check that a lone order takes one round trip to the store and none to Redis.

    Its process is a new one, or one that has seen the storm.
    """
    simulation.rates.clear()
    scheduler = simulation.scheduler
    old = [process for process in simulation.processes if not process.is_dead]
    for process in [*old[:3], simulation.process()]:
        redis, store = simulation.redis.round_trips, simulation.database.round_trips
        order = simulation.order(*product_ids)
        process.task = scheduler.spawn(partial(simulation.buy, process, order))
        scheduler.run(scheduler.now + 1)
        assert simulation.purchases[-1].outcome is not None
        assert simulation.redis.round_trips == redis
        assert simulation.database.round_trips == store + 1
