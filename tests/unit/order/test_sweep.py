"""The tasks of the sweep fail when they cannot read their work."""

import pytest

from gorder.order.stock_errors import StockUnavailableError
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.examples import waiting
from tests.unit.order.sweep_scenario import SweepScenario


def test_a_task_fails_when_its_first_read_fails() -> None:
    scenario = SweepScenario(waiting())
    scenario.faults.on("orders.undelivered")
    with pytest.raises(OrderStoreUnavailableError):
        scenario.deliver()
    scenario.faults.on("orders.overdue")
    with pytest.raises(OrderStoreUnavailableError):
        scenario.expire()
    scenario.faults.on("stock.overdue")
    with pytest.raises(StockUnavailableError):
        scenario.settle()
