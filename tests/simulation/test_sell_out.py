"""10,000 buyers for 100 units."""

from typing import Final

import pytest

from gorder.stock.model import Reservation
from gorder.stock.refusals import InsufficientStockRefusal
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
        waited = [(p.ended or 0) - gone for p in refused if p.started < gone]
        direct = [commit for commit in running.database.commits if commit.direct]

        assert len(held) == UNITS
        assert len(refused) == BUYERS - UNITS
        assert running.telemetry.counts == {}
        require_books(running)
        # Those who come when the units are gone take the direct path.
        assert max(p.seconds for p in refused if p.started >= gone) <= 2 * lone
        # Those who wait then ask the store themselves, after a batch has found nothing.
        assert 0 < len(waited) <= 0.03 * BUYERS
        assert max(waited) <= 6 * lone
        # The last units go to those who wait, and not to others who find the row free.
        assert len(direct) <= 8


@pytest.mark.parametrize("seed", range(2))
def test_units_that_come_back_at_a_sell_out_are_sold_in_batches(seed: int) -> None:
    with simulation(seed) as running:
        running.stock(UNITS, "hot")
        for _ in range(1000):
            _buy(running, running.scheduler.random.uniform(0, 0.01))
        running.scheduler.after(0, lambda: _receive_when_sold_out(running))
        running.scheduler.run(30)

        held = [p for p in running.purchases if isinstance(p.outcome, Reservation)]
        assert len(held) >= 900  # the others were refused before
        assert len(running.database.commits) <= 30
        assert max(p.seconds for p in held) <= 0.3
        assert running.telemetry.counts == {}
        require_books(running)


def _receive_when_sold_out(running: Simulation) -> None:
    kept = running.database.kept
    if kept.stock["hot"].available == 0:
        kept.receive("more", "hot", 2000)
    else:
        running.scheduler.after(0.0002, lambda: _receive_when_sold_out(running))


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
