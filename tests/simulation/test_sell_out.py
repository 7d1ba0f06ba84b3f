"""10,000 buyers for 100 units."""

from typing import Final

import pytest

from gorder.stock.adapters.redis_scripts import LONGEST_BATCH
from gorder.stock.model import InsufficientStockRefusal, Reservation
from tests.simulation.figures import quantile
from tests.simulation.properties import require_books
from tests.simulation.simulation import Simulation, simulation

BUYERS: Final = 10_000
UNITS: Final = 100
ARRIVAL_SECONDS: Final = 1.0
"""They come within this time."""


@pytest.mark.parametrize("seed", range(3))
def test_sell_out(seed: int) -> None:
    lone = _lone_refusal_seconds()
    with simulation(seed) as running:
        running.stock(UNITS, "hot")
        for _ in range(BUYERS):
            _buy(running, running.scheduler.random.uniform(0, ARRIVAL_SECONDS))
        running.scheduler.run(30)
        gone = running.database.commits[-1].at
        held = [p for p in running.purchases if isinstance(p.outcome, Reservation)]
        refused = [p for p in running.purchases if isinstance(p.outcome, InsufficientStockRefusal)]
        since = [(p.ended or 0) - max(p.started, gone) for p in refused]

        assert len(held) == UNITS
        assert len(refused) == BUYERS - UNITS
        assert running.telemetry.counts == {}
        require_books(running)
        # Those who come when the units are gone take the direct path.
        assert max(p.seconds for p in refused if p.started >= gone) <= 2 * lone
        # Those who wait then ask the store themselves, after a batch has found nothing.
        assert quantile(since, 0.95) <= 2 * lone
        assert max(since) <= 6 * lone
        # The last units go to those who wait: one batch may overtake another.
        last = max(p.started for p in held)
        assert sum(p.started < last for p in refused) <= LONGEST_BATCH


def _lone_refusal_seconds() -> float:
    with simulation(seed=1) as running:
        running.stock(0, "hot")
        _buy(running, 0)
        running.scheduler.run(1)
        return running.purchases[0].seconds


def _buy(running: Simulation, delay: float) -> None:
    process = running.process()
    order = running.order("hot")
    process.task = running.scheduler.spawn(lambda: running.buy(process, order), delay)
