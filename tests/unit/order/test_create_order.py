"""Placing an order: reserve, save, publish."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Never

import pytest

from gorder.order.access_token import Scope
from gorder.order.commands.create_order import (
    CreateOrder,
    CreateOrderHandler,
    OrderIdsTakenError,
    PlacedOrder,
)
from gorder.order.errors import InvalidOrder
from gorder.order.holds import FIRST_HOLD
from gorder.order.lines import LineNote, OrderLimits
from gorder.order.status import Status
from gorder.order.stock_errors import (
    InsufficientStock,
    ShareExceeded,
    StockRefused,
    StockUnavailableError,
    TooManyUnpaidOrders,
    UnknownProduct,
)
from gorder.order.store_errors import OrderStoreUnavailableError, OrderStoreUnreachableError
from tests.fakes.bus import MemoryBus
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import ADDRESS, ORDER_LIMITS, wanted
from tests.fakes.faults import Died, Faults, Mishap
from tests.fakes.keys import CLIENTS, ORDER_IDS, TOKENS, idempotency_key
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock_client import MemoryStock
from tests.fakes.telemetry import MemoryTelemetry

TIME_TO_PAY = timedelta(minutes=31)
SOUP_AND_BREAD = (("soup", 2), ("bread", 1))


class CreateOrderScenario:
    """The handler of `CreateOrder` on fakes."""

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
            order_ids=ORDER_IDS,
            clients=CLIENTS,
            limits=ORDER_LIMITS,
            clock=self.clock,
            new_id=lambda: f"id-{next(ids)}",
            time_to_pay=TIME_TO_PAY,
            telemetry=self.telemetry,
        )

    def order(self, *lines: tuple[str, int] | tuple[str, int, str]) -> PlacedOrder:
        return self.handle(
            CreateOrder("ann", wanted(*(lines or SOUP_AND_BREAD)), "trace-1", ADDRESS)
        )


@pytest.fixture
def scenario() -> CreateOrderScenario:
    return CreateOrderScenario()


def test_an_order_is_reserved_saved_and_published(scenario: CreateOrderScenario) -> None:
    placed = scenario.order().order

    assert scenario.faults.calls == ["stock.reserve", "orders.add", "events.publish"]
    assert scenario.orders.stored == {placed.order_id: placed}
    assert (placed.status, placed.amount_total, placed.currency) == (Status.PENDING, 1650, "eur")
    assert scenario.stock.held_until == {placed.order_id: NOON + FIRST_HOLD}
    assert placed.checkout.expires_at == NOON + TIME_TO_PAY


def test_the_published_event_is_the_one_in_the_outbox(scenario: CreateOrderScenario) -> None:
    placed = scenario.order().order

    [event] = scenario.bus.published
    [kept] = placed.outbox
    assert (event.event_type, event.event_id) == ("order.created", kept.event_id)
    assert (event.trace_id, event.data.order_id) == ("trace-1", placed.order_id)


def test_prices_and_names_come_from_the_catalogue(scenario: CreateOrderScenario) -> None:
    lines = scenario.order().order.lines

    assert [(line.name, line.unit_amount, line.price_id) for line in lines] == [
        ("Soup", 700, "price_700"),
        ("Bread", 250, "price_250"),
    ]


def test_the_token_opens_the_order_and_no_other(scenario: CreateOrderScenario) -> None:
    first, second = scenario.order(), scenario.order()

    for scope in Scope:
        assert TOKENS.opens(first.access_token, scope, "ann", first.order.order_id, NOON)
        assert not TOKENS.opens(first.access_token, scope, "ann", second.order.order_id, NOON)


def test_lines_of_one_product_become_one_line(scenario: CreateOrderScenario) -> None:
    placed = scenario.order(("soup", 1), ("soup", 2))

    assert [(line.product_id, line.quantity) for line in placed.order.lines] == [("soup", 3)]


def test_the_notes_of_lines_of_one_product_are_kept_with_their_units(
    scenario: CreateOrderScenario,
) -> None:
    placed = scenario.order(
        *(("soup", 1, "no onions"), ("bread", 1), ("soup", 2), ("soup", 3, "hot")),
        ("soup", 1, "no onions"),
    )

    assert [(each.product_id, each.quantity, each.notes) for each in placed.order.lines] == [
        ("soup", 7, (LineNote(2, "no onions"), LineNote(3, "hot"))),
        ("bread", 1, ()),
    ]


def test_an_event_has_no_notes(scenario: CreateOrderScenario) -> None:
    scenario.order(("soup", 1, "no onions"))

    assert "onions" not in "".join(event.model_dump_json() for event in scenario.bus.published)
    assert "onions" not in str(scenario.telemetry.lines)


def test_an_invalid_order_makes_no_call(scenario: CreateOrderScenario) -> None:
    with pytest.raises(InvalidOrder):
        scenario.order(("soup", 0))

    assert scenario.faults.calls == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [(("soup", 11), InsufficientStock), (("air", 1), UnknownProduct)],
)
def test_an_order_that_the_stock_service_refuses_is_not_saved(
    scenario: CreateOrderScenario, wanted: tuple[str, int], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal, match=wanted[0]):
        scenario.order(("bread", 1), wanted)

    assert scenario.orders.stored == {}
    assert scenario.stock.held == {}


def test_an_order_above_the_largest_payment_is_not_saved(scenario: CreateOrderScenario) -> None:
    with pytest.raises(InvalidOrder):
        scenario.order(("yacht", 2))

    assert scenario.orders.stored == {}
    assert scenario.bus.published == []
    assert scenario.stock.held == {}


def test_nothing_is_saved_without_the_stock_service(scenario: CreateOrderScenario) -> None:
    scenario.faults.on("stock.reserve")

    with pytest.raises(StockUnavailableError):
        scenario.order()

    assert scenario.orders.stored == {}


def test_nothing_is_published_without_the_order_store(scenario: CreateOrderScenario) -> None:
    scenario.faults.on("orders.add")

    with pytest.raises(OrderStoreUnavailableError):
        scenario.order()

    assert scenario.bus.published == []


def test_units_are_free_at_once_when_the_order_store_cannot_be_reached(
    scenario: CreateOrderScenario,
) -> None:
    scenario.orders.reachable = False

    for _ in range(12):
        with pytest.raises(OrderStoreUnreachableError):
            scenario.order(("soup", 1))

    assert scenario.stock.held == {}
    assert scenario.stock.available["soup"] == 10


def test_the_answer_is_the_same_if_the_units_cannot_be_released(
    scenario: CreateOrderScenario,
) -> None:
    scenario.orders.reachable = False
    scenario.faults.on("stock.release")

    with pytest.raises(OrderStoreUnreachableError):
        scenario.order()

    [until] = scenario.stock.held_until.values()
    assert until == NOON + FIRST_HOLD


def test_the_hold_of_a_key_is_kept_because_another_request_may_have_saved_its_order(
    scenario: CreateOrderScenario,
) -> None:
    command = CreateOrder("ann", wanted(*SOUP_AND_BREAD), "trace-1", ADDRESS, idempotency_key())
    placed = scenario.handle(command)
    scenario.orders.reachable = False

    with pytest.raises(OrderStoreUnreachableError):
        scenario.handle(command)

    assert scenario.stock.held.keys() == {placed.order.order_id}


@pytest.mark.parametrize("mishap", [Mishap.FAILS, Mishap.LOSES_ANSWER])
def test_the_hold_is_kept_if_the_order_may_have_been_saved(
    scenario: CreateOrderScenario, mishap: Mishap
) -> None:
    scenario.faults.on("orders.add", mishap)

    with pytest.raises(OrderStoreUnavailableError):
        scenario.order()

    assert len(scenario.stock.held) == 1


def test_the_event_stays_in_the_outbox_without_the_bus(scenario: CreateOrderScenario) -> None:
    scenario.faults.on("events.publish")

    placed = scenario.order()

    assert scenario.bus.published == []
    [kept] = scenario.orders.stored[placed.order.order_id].outbox
    assert kept.event_type == "order.created"
    assert scenario.telemetry.counts == {"EventDeferred": 1, "OrderPlaced": 1}


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("call", range(3))
def test_after_any_fault_a_saved_order_has_its_stock_and_its_event(
    scenario: CreateOrderScenario, call: int, mishap: Mishap
) -> None:
    scenario.faults.on_call_number(call, mishap)

    with suppress(Died, StockUnavailableError, OrderStoreUnavailableError):
        scenario.order()

    for order in scenario.orders.stored.values():
        held = scenario.stock.held[order.order_id]
        assert [line.product_id for line in held] == [line.product_id for line in order.lines]
        assert [event.event_type for event in order.outbox] == ["order.created"]
    assert {
        event.data.order_id for event in scenario.bus.published
    } <= scenario.orders.stored.keys()


def test_a_random_id_with_a_released_reservation_is_not_used(scenario: CreateOrderScenario) -> None:
    scenario.stock.released = {"id-1": (), "id-2": ()}

    assert scenario.order().order.order_id == "id-3"


def test_three_random_ids_with_released_reservations_are_an_error(
    scenario: CreateOrderScenario,
) -> None:
    scenario.stock.released = {"id-1": (), "id-2": (), "id-3": ()}

    with pytest.raises(OrderIdsTakenError, match="3 random order ids"):
        scenario.order()

    assert scenario.orders.stored == {}


def test_placed_orders_and_lack_of_stock_are_counted(
    scenario: CreateOrderScenario,
) -> None:
    scenario.order()
    with pytest.raises(InsufficientStock):
        scenario.order(("soup", 11))

    assert scenario.telemetry.counts == {"OrderPlaced": 1, "StockOut": 1}


@pytest.mark.parametrize(
    ("lines", "bound"),
    [
        ([("soup", 21)], "soup can be ordered 1 to 20 times, not 21"),
        ([("soup", 11), ("soup", 10)], "soup can be ordered 1 to 20 times, not 21"),
        ([("soup", 20), ("bread", 20), ("yacht", 11)], "an order has at most 50 units, not 51"),
    ],
)
def test_an_order_of_more_units_than_the_shop_allows_is_refused_before_they_are_held(
    scenario: CreateOrderScenario, lines: list[tuple[str, int]], bound: str
) -> None:
    with pytest.raises(InvalidOrder, match=bound):
        scenario.order(*lines)

    assert "stock.reserve" not in scenario.faults.calls


def test_a_repeated_request_finds_its_order_after_the_shop_has_lowered_its_limits(
    scenario: CreateOrderScenario,
) -> None:
    command = CreateOrder("ann", wanted(*SOUP_AND_BREAD), "trace-1", ADDRESS, idempotency_key())
    placed = scenario.handle(command)
    scenario.handle = replace(scenario.handle, limits=OrderLimits(1, 1))

    assert scenario.handle(command).order == placed.order
    with pytest.raises(InvalidOrder):
        scenario.order()


def test_a_repetition_finds_the_order_of_a_later_id_of_its_key(
    scenario: CreateOrderScenario,
) -> None:
    key = idempotency_key()
    used_up, *_ = ORDER_IDS.derive("ann", key)
    scenario.stock.reserve(used_up, dict(SOUP_AND_BREAD), NOON, "trace-1")
    scenario.stock.release(used_up, "trace-1")
    command = CreateOrder("ann", wanted(*SOUP_AND_BREAD), "trace-1", ADDRESS, key)
    placed = scenario.handle(command)
    scenario.handle = replace(scenario.handle, limits=OrderLimits(1, 1))

    assert placed.order.order_id != used_up
    assert scenario.handle(command).order == placed.order


def test_units_are_held_for_the_client(scenario: CreateOrderScenario) -> None:
    placed = scenario.order()

    assert scenario.stock.clients == {
        placed.order.order_id: CLIENTS.ids(ADDRESS, "ann", scenario.clock())
    }


@pytest.mark.parametrize("refusal", [TooManyUnpaidOrders(()), ShareExceeded(())])
def test_a_client_beyond_its_limits_is_counted_and_places_no_order(
    scenario: CreateOrderScenario, refusal: StockRefused, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Never:
        raise refusal

    monkeypatch.setattr(scenario.stock, "reserve", refuse)

    with pytest.raises(type(refusal)):
        scenario.order()

    assert scenario.orders.stored == {}
    assert scenario.telemetry.counts == {"ClientRefused": 1}
