"""The share of the stock that unpaid orders hold."""

import pytest

from gorder.stock.model import StockItem
from gorder.stock.queries.measure_holds import MeasureHolds, MeasureHoldsHandler
from tests.fakes.products import product
from tests.fakes.stock import MemoryStockStore


@pytest.mark.parametrize(
    ("units", "percent"),
    [
        ([], 0),
        ([(20, 0)], 0),
        ([(20, 12)], 60),
        ([(100, 10), (20, 15), (0, 0)], 75),
        pytest.param([(3, 3)], 30, id="the last units of a product are no attack"),
        ([(10, 10)], 100),
        pytest.param([(5, 5)] * 20, 100, id="a menu of small stocks"),
        pytest.param([(5, 1)] * 20, 20, id="all products together"),
    ],
)
def test_the_largest_share_counts(units: list[tuple[int, int]], percent: float) -> None:
    store = MemoryStockStore()
    for on_hand, held in units:
        new = product()
        store.kept.stock[new.product_id] = StockItem(new, on_hand, held)

    assert MeasureHoldsHandler(store=store)(MeasureHolds()) == percent
