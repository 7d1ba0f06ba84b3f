"""What a reservation costs alone and in a storm, in virtual time and round trips.

The yardstick is one conditional UPDATE for each reservation, with the same costs.
"""

import pytest

from tests.simulation.figures import (
    SECONDS,
    UNITS,
    quantile,
    raw_figures,
    served_in_time,
    storm_figures,
)
from tests.simulation.properties import require_answers, require_books
from tests.simulation.simulation import simulation


@pytest.mark.parametrize("products", [1, 5, 50])
def test_alone_a_reservation_takes_one_round_trip_to_the_store(products: int) -> None:
    product_ids = [f"product-{number}" for number in range(products)]
    with simulation(seed=1) as running:
        running.stock(UNITS, *product_ids)
        running.buyers(1, SECONDS, *product_ids)
        running.scheduler.run(SECONDS + 1)

        assert running.database.round_trips == len(running.database.commits) > 100
        assert running.redis.round_trips == 0


@pytest.mark.parametrize(("buyers", "ratio"), [(1, 0.9), (16, 3), (128, 5)])
def test_throughput(buyers: int, ratio: float) -> None:
    assert storm_figures(buyers).rate >= ratio * raw_figures(buyers).rate


def test_latency_in_a_storm() -> None:
    assert storm_figures(128).p99 <= 0.3 * raw_figures(128).p99


@pytest.mark.parametrize(("buyers", "to_store"), [(16, 0.3), (128, 0.1)])
def test_round_trips_in_a_storm(buyers: int, to_store: float) -> None:
    figures = storm_figures(buyers)

    assert figures.store_round_trips <= to_store
    assert figures.redis_round_trips <= 1.3


@pytest.mark.parametrize(("buyers", "storming"), [(1, 64), (4, 16)])
def test_latency_of_another_product_beside_a_storm(buyers: int, storming: int) -> None:
    """A lone buyer does not use Redis. Contended buyers share it with the storm."""
    assert _p50_of_other(buyers, storming) <= 1.2 * _p50_of_other(buyers, storming=0)


def _p50_of_other(buyers: int, storming: int) -> float:
    with simulation(seed=1) as running:
        running.stock(UNITS, "hot", "other")
        running.buyers(storming, SECONDS, "hot")
        running.buyers(buyers, SECONDS, "other")
        running.scheduler.run(SECONDS + 10)
        others = [p.seconds for p in served_in_time(running) if "other" in p.quantities]
        return quantile(others, 0.5)


@pytest.mark.parametrize("hot", [("hot",), ("hot", "hotter")])
def test_orders_of_several_products_in_a_storm(hot: tuple[str, ...]) -> None:
    with simulation(seed=1) as running:
        running.stock(UNITS, "hot", "hotter", "other")
        for product_id in hot:
            running.buyers(32, SECONDS, product_id)
        running.buyers(16, SECONDS, *hot, "other")
        running.buyers(4, SECONDS, "other")
        running.scheduler.run(SECONDS + 10)

        assert [p for p in running.purchases if p.error] == []
        assert len(served_in_time(running)) >= 3 * SECONDS * raw_figures(16).rate
        require_books(running)
        require_answers(running)
