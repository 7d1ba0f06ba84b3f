"""Buyers of a contended product are served in about the sequence in which they came.

A buyer comes when the request begins; the network may exchange two that begin at almost the same
time. A buyer is overtaken by n batches if n batches had been committed since the one that served a
buyer who came later. A commit of the direct path is a batch of one.
"""

from bisect import bisect_right
from itertools import accumulate

import pytest

from tests.simulation.figures import UNITS, WARM_UP_SECONDS
from tests.simulation.properties import require_single_places
from tests.simulation.simulation import Simulation, simulation

BUYERS = [16, 128, 300]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("buyers", BUYERS)
def test_no_buyer_is_overtaken_by_more_than_two_batches(buyers: int, seed: int) -> None:
    with simulation(seed) as running:
        _storm(running, buyers)
        batches = {
            order: at
            for at, commit in enumerate(running.database.commits)
            for order in commit.order_ids
        }

        assert _overtaken(running, batches, since=WARM_UP_SECONDS) <= 2


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("buyers", BUYERS)
def test_buyers_who_tried_directly_first(buyers: int, seed: int) -> None:
    """At the beginning of a storm each buyer makes the direct attempt and joins the queue after it.

    Meanwhile later buyers join it in the first batches, which are small. So two more batches can
    overtake. A buyer who meets a free row is served alone: those commits are not counted.
    """
    with simulation(seed) as running:
        _storm(running, buyers)
        batches: dict[str, int] = {}
        count = 0
        for commit in running.database.commits:
            count += len(commit.order_ids) > 1
            batches |= dict.fromkeys(commit.order_ids, count)

        assert _overtaken(running, batches, since=0) <= 4


def _storm(running: Simulation, buyers: int) -> None:
    running.stock(UNITS, "hot")
    running.buyers(buyers, 0.4, "hot")
    for check in range(200):
        running.scheduler.after(check * 0.002, lambda: require_single_places(running))
    running.scheduler.run(10)
    assert running.telemetry.counts == {}


def _overtaken(running: Simulation, batches: dict[str, int], since: float) -> int:
    """Return the most batches by which a buyer was overtaken."""
    purchases = sorted(
        (p for p in running.purchases if p.started >= since), key=lambda p: p.started
    )
    began = [p.started for p in purchases]
    served = [batches[p.order_id] for p in purchases]
    # The first batch that served any of the buyers from each one on.
    first = [*accumulate(reversed(served), min)][::-1]
    exchanged = running.costs.round_trip * running.costs.jitter
    return max(
        at - min(first[bisect_right(began, start + exchanged) :][:1], default=at)
        for start, at in zip(began, served, strict=True)
    )
