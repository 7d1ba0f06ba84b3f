"""What a storm of buyers looks like in virtual time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from tests.simulation.raw_update import raw_buyers
from tests.simulation.simulation import Purchase, Simulation, simulation

WARM_UP_SECONDS: Final = 0.1
SECONDS: Final = 0.6
"""When the buyers stop."""
UNITS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StormFigures:
    """Rates are per second, latencies in seconds, round trips per reservation."""

    rate: float
    p50: float
    p99: float
    store_round_trips: float
    redis_round_trips: float
    batch: float


def quantile(seconds: Sequence[float], part: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * part), len(seconds) - 1)]


@cache
def raw_figures(buyers: int, seed: int = 1) -> StormFigures:
    """Return the figures of a conditional UPDATE for each reservation."""
    with simulation(seed) as running:
        done = raw_buyers(running, buyers, SECONDS, "hot")
        running.scheduler.run(WARM_UP_SECONDS)
        before = len(done)
        running.scheduler.run(SECONDS)
        measured = done[before:]
        rate = len(measured) / (SECONDS - WARM_UP_SECONDS)
        return StormFigures(rate, quantile(measured, 0.5), quantile(measured, 0.99), 1, 0, 1)


@cache
def storm_figures(buyers: int, seed: int = 1) -> StormFigures:
    """Return the figures of buyers of one product."""
    with simulation(seed) as running:
        running.stock(UNITS, "hot")
        running.buyers(buyers, SECONDS, "hot")
        running.scheduler.run(SECONDS + 10)
        reservations = len(running.purchases)
        measured = [p.seconds for p in served_in_time(running)]
        return StormFigures(
            rate=len(measured) / (SECONDS - WARM_UP_SECONDS),
            p50=quantile(measured, 0.5),
            p99=quantile(measured, 0.99),
            store_round_trips=running.database.round_trips / reservations,
            redis_round_trips=running.redis.round_trips / reservations,
            batch=reservations / len(running.database.commits),
        )


def served_in_time(running: Simulation) -> list[Purchase]:
    """Return the purchases that ended between the warm-up and the end."""
    return [p for p in running.purchases if WARM_UP_SECONDS < (p.ended or 0) <= SECONDS]
