"""An order is closed only with the page that was closed."""

from dataclasses import replace

import pytest

from gorder.order.changes import OutboxEvent
from gorder.order.commands.close_unpaid import close_unpaid
from gorder.order.payment_ports import PageOutcome
from gorder.order.store_errors import ConcurrentUpdateError
from tests.fakes.clock import NOON
from tests.fakes.examples import ORDER_ID, waiting
from tests.fakes.orders import MemoryOrders
from tests.fakes.telemetry import MemoryTelemetry


class PagesOfAnotherWriter:
    """`PaymentPages`. While a page is closed, another writer gives the order a new page."""

    def __init__(self, orders: MemoryOrders) -> None:
        self._orders = orders

    def close(self, session_id: str) -> PageOutcome:
        order = self._orders.stored[ORDER_ID]
        assert order.checkout.session_id == session_id
        checkout = replace(order.checkout, session_id="cs_new")
        self._orders.stored[ORDER_ID] = replace(order, checkout=checkout, version=9)
        return PageOutcome.CLOSED


def test_an_order_that_got_another_page_meanwhile_is_not_closed() -> None:
    orders = MemoryOrders(waiting())
    cancelled = OutboxEvent("cancelled", "order.cancelled", NOON)

    with pytest.raises(ConcurrentUpdateError, match="got another page than cs_1"):
        close_unpaid(
            orders,
            PagesOfAnotherWriter(orders),
            MemoryTelemetry(),
            ORDER_ID,
            lambda order, page: order.cancel(cancelled, page),
        )

    assert orders.stored[ORDER_ID].is_open
