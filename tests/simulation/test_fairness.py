"""Buyers of a contended product are served in about the sequence in which they came.

A buyer comes when the request begins; the network may exchange two that begin at almost the same
time. A buyer is overtaken by n batches if a batch that was committed n batches earlier served one
who came later.

A buyer who finds the row free is served at once, which is a batch of one: the direct path does not
ask Redis whether others wait. This ends when the leaders lock the row almost without a gap.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

import pytest

from tests.simulation.figures import UNITS, WARM_UP_SECONDS
from tests.simulation.properties import require_single_places
from tests.simulation.simulation import Purchase, Simulation, simulation
from tests.simulation.virtual_database import Commit


@pytest.fixture(
    scope="module",
    params=[(buyers, seed) for buyers in (16, 128, 300) for seed in range(2)],
    ids=lambda each: f"{each[0]}-{each[1]}",
)
def storm(request: pytest.FixtureRequest) -> Iterator[Simulation]:
    """A storm of a number of buyers, at its end."""
    buyers, seed = request.param
    with simulation(seed) as running:
        running.stock(UNITS, "hot")
        running.buyers(buyers, 0.4, "hot")
        for check in range(200):
            running.scheduler.after(check * 0.002, lambda: require_single_places(running))
        running.scheduler.run(10)
        assert running.telemetry.counts == {}
        yield running


def test_no_buyer_is_overtaken_by_more_than_two_batches(storm: Simulation) -> None:
    commits = storm.database.commits
    late = [p for p in storm.purchases if p.started >= WARM_UP_SECONDS]
    queued = _orders(commit for commit in commits if not commit.direct)
    waited = [p for p in storm.purchases if p.order_id in queued]

    assert _overtaken(storm, late, _orders(commits)) <= 2
    assert _overtaken(storm, waited, queued) <= 2


def test_buyers_find_the_row_free_only_as_a_storm_begins(storm: Simulation) -> None:
    direct = _orders(commit for commit in storm.database.commits if commit.direct)

    assert 0 < len(direct) <= 5
    assert all(p.started < 0.02 for p in storm.purchases if p.order_id in direct)


def _orders(commits: Iterable[Commit]) -> dict[str, int]:
    """Return the number of the batch that served each order."""
    return {order: at for at, commit in enumerate(commits) for order in commit.order_ids}


def _overtaken(running: Simulation, purchases: list[Purchase], batches: dict[str, int]) -> int:
    """Return the most batches by which one of the buyers was overtaken by another one."""
    purchases = sorted(purchases, key=lambda p: p.started)
    began = [p.started for p in purchases]
    served = [batches[p.order_id] for p in purchases]
    # The first batch that served any of the buyers from each one on.
    first = [*accumulate(reversed(served), min)][::-1]
    exchanged = running.costs.round_trip * running.costs.jitter
    return max(
        at - min(first[bisect_right(began, start + exchanged) :][:1], default=at)
        for start, at in zip(began, served, strict=True)
    )
