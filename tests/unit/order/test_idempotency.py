"""Requests with one key and secret place one order, and a key alone reveals nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from gorder.order.access_token import Scope
from gorder.order.changes import OutboxEvent
from gorder.order.commands.create_order import CreateOrder, PlacedOrder
from gorder.order.holds import FIRST_HOLD
from gorder.order.idempotency import IdempotencyKey, IdempotencyKeyReused
from gorder.order.status import Status
from gorder.order.stock_errors import StockUnavailableError, UnknownProduct
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.examples import ADDRESS, wanted
from tests.fakes.faults import Died, Mishap
from tests.fakes.keys import TOKENS, idempotency_key
from tests.unit.order.test_create_order import SOUP_AND_BREAD, CreateOrderScenario

KEY = idempotency_key()


CUSTOMERS = 8


def order(
    scenario: CreateOrderScenario,
    *lines: tuple[str, int] | tuple[str, int, str],
    key: IdempotencyKey = KEY,
    customer_id: str = "ann",
) -> PlacedOrder:
    return scenario.handle(
        CreateOrder(customer_id, wanted(*(lines or SOUP_AND_BREAD)), "trace-1", ADDRESS, key)
    )


def test_the_same_key_returns_the_same_order() -> None:
    scenario = CreateOrderScenario()

    first, second = order(scenario), order(scenario)

    assert (first.replayed, second.replayed) == (False, True)
    assert first.order == second.order
    assert list(scenario.orders.stored) == list(scenario.stock.held) == [first.order.order_id]
    assert TOKENS.opens(second.access_token, Scope.READ, "ann", first.order.order_id, NOON)


def test_a_new_key_costs_no_extra_call() -> None:
    scenario = CreateOrderScenario()

    order(scenario)

    assert scenario.faults.calls == ["stock.reserve", "orders.add", "events.publish"]


def test_the_order_of_lines_and_their_merging_do_not_matter() -> None:
    scenario = CreateOrderScenario()
    first = order(scenario)

    again = order(scenario, ("bread", 1), ("soup", 1), ("soup", 1))

    assert again.order == first.order


@pytest.mark.parametrize(
    "other",
    [(("soup", 2),), (("soup", 1), ("bread", 1))],
    ids=["fewer lines", "other units"],
)
def test_a_key_is_for_one_order(other: tuple[tuple[str, int], ...]) -> None:
    scenario = CreateOrderScenario()
    order(scenario)

    with pytest.raises(IdempotencyKeyReused):
        order(scenario, *other)

    assert len(scenario.orders.stored) == len(scenario.stock.held) == 1


NOTED = (("soup", 1, "hot"), ("soup", 1, "no onions"), ("bread", 1))


@pytest.mark.parametrize(
    "again",
    [
        (("bread", 1), ("soup", 1, "no onions"), ("soup", 1, "hot")),
        NOTED,
    ],
    ids=["in another order", "the same"],
)
def test_the_same_notes_are_the_same_request(
    again: tuple[tuple[str, int] | tuple[str, int, str], ...],
) -> None:
    scenario = CreateOrderScenario()
    first = order(scenario, *NOTED)

    assert order(scenario, *again).order == first.order


@pytest.mark.parametrize(
    "other",
    [
        SOUP_AND_BREAD,
        (("soup", 2, "hot"), ("bread", 1)),
        (("soup", 1, "hot"), ("soup", 1), ("bread", 1)),
        (("soup", 1, "Hot"), ("soup", 1, "no onions"), ("bread", 1)),
        (("soup", 1, "hot"), ("soup", 1, "no onions"), ("bread", 1, "hot")),
    ],
    ids=["none", "one for all", "fewer", "another text", "on another product"],
)
def test_a_key_is_for_one_order_with_its_notes(
    other: tuple[tuple[str, int] | tuple[str, int, str], ...],
) -> None:
    scenario = CreateOrderScenario()
    first = order(scenario, *NOTED).order

    with pytest.raises(IdempotencyKeyReused):
        order(scenario, *other)

    assert list(scenario.orders.stored.values()) == [first]
    assert list(scenario.stock.held) == [first.order_id]


def test_customers_may_use_the_same_key() -> None:
    scenario = CreateOrderScenario()

    assert order(scenario).order.order_id != order(scenario, customer_id="bob").order.order_id
    assert order(scenario, key=idempotency_key("click-2")).replayed is False
    assert len(scenario.orders.stored) == 3


def test_requests_without_a_key_place_two_orders() -> None:
    scenario = CreateOrderScenario()

    assert scenario.order().order.order_id != scenario.order().order.order_id


def test_a_repeated_request_returns_the_current_order() -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario).order
    scenario.stock.release(placed.order_id, "trace-1")
    cancelled = placed.cancel(OutboxEvent("cancelled", "order.cancelled", NOON))
    scenario.orders.stored[placed.order_id] = cancelled

    again = order(scenario)

    assert (again.order, again.replayed) == (cancelled, True)
    assert scenario.stock.held == {}, "what was cancelled is not held again"
    with pytest.raises(IdempotencyKeyReused):
        order(scenario, ("soup", 1))


def test_a_repeated_request_publishes_the_event_that_was_left() -> None:
    scenario = CreateOrderScenario()
    scenario.faults.on("events.publish")

    order(scenario)
    order(scenario)

    assert scenario.bus.types == ["order.created"]


def test_a_repeated_request_leaves_other_events_to_their_commands() -> None:
    """Whether their promise about the stock holds is not checked here."""
    scenario = CreateOrderScenario()
    placed = order(scenario).order
    paid = placed.with_status(Status.PAID, OutboxEvent("paid", "order.paid", NOON))
    scenario.orders.stored[placed.order_id] = paid

    order(scenario)

    assert set(scenario.bus.types) == {"order.created"}


def test_a_released_reservation_is_replaced_by_a_new_one() -> None:
    scenario = CreateOrderScenario()
    scenario.faults.on("orders.add", Mishap.DIES_BEFORE)
    with pytest.raises(Died):
        order(scenario)
    [lost] = scenario.stock.held
    scenario.stock.release(lost, "trace-1")

    placed = order(scenario)

    assert placed.replayed is False
    assert list(scenario.stock.held) == [placed.order.order_id] != [lost]
    assert order(scenario).order == placed.order


def test_a_repeated_reservation_extends_the_hold() -> None:
    scenario = CreateOrderScenario()
    scenario.faults.on("orders.add", Mishap.DIES_BEFORE)
    with pytest.raises(Died):
        order(scenario)
    before = dict(scenario.stock.held_until)
    scenario.clock.advance(minutes=4)

    placed = order(scenario).order

    assert before == {placed.order_id: NOON + FIRST_HOLD}
    assert scenario.stock.held_until[placed.order_id] == scenario.clock.now + FIRST_HOLD


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("call", range(3))
def test_after_any_fault_a_retry_places_one_order(call: int, mishap: Mishap) -> None:
    scenario = CreateOrderScenario()
    scenario.faults.on_call_number(call, mishap)
    with suppress(Died, StockUnavailableError, OrderStoreUnavailableError):
        order(scenario)

    placed = order(scenario).order

    assert list(scenario.orders.stored) == list(scenario.stock.held) == [placed.order_id]
    assert {event.event_type for event in scenario.bus.published} == {"order.created"}
    assert len({event.event_id for event in scenario.bus.published}) == 1
    assert scenario.stock.available == {"soup": 8, "bread": 9, "yacht": 10}


def test_eight_concurrent_requests_place_one_order() -> None:
    scenario, together = CreateOrderScenario(), Barrier(CUSTOMERS)

    def click(_: int) -> PlacedOrder:
        together.wait(timeout=10)
        return order(scenario)

    with ThreadPoolExecutor(CUSTOMERS) as customers:
        placed = list(customers.map(click, range(CUSTOMERS)))

    assert [one.replayed for one in placed].count(False) == 1
    assert len({one.order.order_id for one in placed}) == 1
    assert scenario.stock.available["soup"] == 8


def test_a_known_key_with_another_secret_is_another_order() -> None:
    scenario = CreateOrderScenario()
    placed = order(scenario)

    guessed = order(scenario, key=idempotency_key(secret="g" * 43))

    assert (guessed.replayed, guessed.order.order_id == placed.order.order_id) == (False, False)
    assert not TOKENS.opens(guessed.access_token, Scope.READ, "ann", placed.order.order_id, NOON)
    assert order(scenario).order == placed.order


def test_a_key_that_another_client_used_first_still_places_an_order() -> None:
    scenario = CreateOrderScenario()
    order(scenario, ("bread", 1), key=idempotency_key(secret="squatter" * 6))

    placed = order(scenario)

    assert (placed.replayed, placed.order.quantities) == (False, {"soup": 2, "bread": 1})


def test_an_unknown_product_reveals_nothing_about_a_key() -> None:
    scenario = CreateOrderScenario()
    order(scenario)

    for key in (idempotency_key(secret="g" * 43), idempotency_key("unused", "g" * 43)):
        with pytest.raises(UnknownProduct):
            order(scenario, ("unicorn", 1), key=key)
