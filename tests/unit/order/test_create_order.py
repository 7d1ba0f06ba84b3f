"""Placing an order: hold, save, announce."""

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from gorder.order.access_token import AccessTokens, Scope
from gorder.order.commands.create_order import (
    CreateOrder,
    CreateOrderHandler,
    OrderIdsTakenError,
    PlacedOrder,
)
from gorder.order.model import InvalidOrder, Status
from gorder.order.ports import (
    InsufficientStock,
    OrderStoreUnavailableError,
    StockUnavailableError,
    UnknownProduct,
)
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.faults import Died, Faults, Mishap
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry

TOKENS = AccessTokens("0" * 64)
TIME_TO_PAY = timedelta(minutes=31)
SOUP_AND_BREAD = (("soup", 2), ("bread", 1))


class Shop:
    """A handler and all it talks to."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.orders = MemoryOrders(faults=self.faults)
        self.stock = MemoryStock(self.faults)
        self.bus = MemoryBus(faults=self.faults)
        self.telemetry = MemoryTelemetry()
        self.clock = StandingClock()
        ids = count(1)
        self.handle = CreateOrderHandler(
            orders=self.orders,
            stock=self.stock,
            events=self.bus,
            tokens=TOKENS,
            clock=self.clock,
            new_id=lambda: f"id-{next(ids)}",
            time_to_pay=TIME_TO_PAY,
            telemetry=self.telemetry,
        )

    def order(self, *lines: tuple[str, int]) -> PlacedOrder:
        return self.handle(CreateOrder("ann", lines or SOUP_AND_BREAD, "trace-1"))


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_order_is_held_saved_and_announced(shop: Shop) -> None:
    placed = shop.order().order

    assert shop.faults.calls == ["stock.reserve", "orders.add", "events.publish"]
    assert shop.orders.stored == {placed.order_id: placed}
    assert (placed.status, placed.amount_total, placed.currency) == (Status.PENDING, 1650, "eur")
    assert shop.stock.held_until == {placed.order_id: NOON + TIME_TO_PAY}
    assert placed.checkout.expires_at == NOON + TIME_TO_PAY


def test_what_is_announced_is_what_is_in_the_outbox(shop: Shop) -> None:
    placed = shop.order().order

    [event] = shop.bus.published
    [kept] = placed.outbox
    assert (event.event_type, event.event_id) == ("order.created", kept.event_id)
    assert (event.trace_id, event.data.order_id) == ("trace-1", placed.order_id)


def test_prices_and_names_are_the_catalogues(shop: Shop) -> None:
    lines = shop.order().order.lines

    assert [(line.name, line.unit_amount, line.price_id) for line in lines] == [
        ("Soup", 700, "price_700"),
        ("Bread", 250, "price_250"),
    ]


def test_the_token_opens_the_order_and_no_other(shop: Shop) -> None:
    first, second = shop.order(), shop.order()

    for scope in Scope:
        assert TOKENS.opens(first.access_token, scope, "ann", first.order.order_id, NOON)
        assert not TOKENS.opens(first.access_token, scope, "ann", second.order.order_id, NOON)


def test_lines_of_one_product_are_one_line(shop: Shop) -> None:
    placed = shop.order(("soup", 1), ("soup", 2))

    assert [(line.product_id, line.quantity) for line in placed.order.lines] == [("soup", 3)]


def test_an_impossible_order_asks_nobody(shop: Shop) -> None:
    with pytest.raises(InvalidOrder):
        shop.order(("soup", 0))

    assert shop.faults.calls == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [(("soup", 11), InsufficientStock), (("air", 1), UnknownProduct)],
)
def test_what_the_stock_refuses_is_not_saved(
    shop: Shop, wanted: tuple[str, int], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match=wanted[0]):
        shop.order(("bread", 1), wanted)

    assert shop.orders.stored == {}
    assert shop.stock.held == {}


def test_an_order_dearer_than_a_payment_is_not_saved(shop: Shop) -> None:
    with pytest.raises(InvalidOrder):
        shop.order(("yacht", 2))

    assert shop.orders.stored == {}
    assert shop.bus.published == []
    assert shop.stock.held == {}


def test_without_the_stock_service_nothing_is_placed(shop: Shop) -> None:
    shop.faults.at(0, Mishap.FAILS)

    with pytest.raises(StockUnavailableError):
        shop.order()

    assert shop.orders.stored == {}


def test_without_the_order_store_nothing_is_announced(shop: Shop) -> None:
    shop.faults.at(1, Mishap.FAILS)

    with pytest.raises(OrderStoreUnavailableError):
        shop.order()

    assert shop.bus.published == []


def test_without_the_bus_the_order_stands_and_keeps_its_event(shop: Shop) -> None:
    shop.faults.at(2, Mishap.FAILS)

    placed = shop.order()

    assert shop.bus.published == []
    [kept] = shop.orders.stored[placed.order.order_id].outbox
    assert kept.event_type == "order.created"
    assert shop.telemetry.counts == {"EventDeferred": 1, "OrderPlaced": 1}


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("call", range(3))
def test_whatever_happens_a_saved_order_is_held_and_can_be_announced(
    shop: Shop, call: int, mishap: Mishap
) -> None:
    shop.faults.at(call, mishap)

    with suppress(Died, StockUnavailableError, OrderStoreUnavailableError):
        shop.order()

    for order in shop.orders.stored.values():
        held = shop.stock.held[order.order_id]
        assert [line.product_id for line in held] == [line.product_id for line in order.lines]
        assert [event.event_type for event in order.outbox] == ["order.created"]
    assert {event.data.order_id for event in shop.bus.published} <= shop.orders.stored.keys()


def test_a_random_id_with_a_released_reservation_is_not_used(shop: Shop) -> None:
    shop.stock.released = {"id-1": (), "id-2": ()}

    assert shop.order().order.order_id == "id-3"


def test_three_random_ids_with_released_reservations_are_an_error(shop: Shop) -> None:
    shop.stock.released = {"id-1": (), "id-2": (), "id-3": ()}

    with pytest.raises(OrderIdsTakenError, match="3 random order ids"):
        shop.order()

    assert shop.orders.stored == {}


def test_an_order_is_counted_when_it_is_placed_and_a_refusal_for_want_of_stock_is_too(
    shop: Shop,
) -> None:
    shop.order()
    with pytest.raises(InsufficientStock):
        shop.order(("soup", 1000))

    assert shop.telemetry.counts == {"OrderPlaced": 1, "StockOut": 1}
