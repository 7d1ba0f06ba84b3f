"""Without its stores the sweep finds nothing out."""

import pytest

from gorder.order.ports import OrderStoreUnavailableError, StockUnavailableError
from tests.fakes.examples import waiting
from tests.unit.order.swept import Swept


def test_without_the_stores_nothing_is_found_out() -> None:
    shop = Swept(waiting())
    for attempt in (shop.deliver, shop.expire):
        shop.faults.next()
        with pytest.raises(OrderStoreUnavailableError):
            attempt()
    shop.faults.next()
    with pytest.raises(StockUnavailableError):
        shop.settle()
