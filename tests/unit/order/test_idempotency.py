"""The same key is the same order, whatever happened to whoever asked first."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest

from gorder.order.access_token import Scope
from gorder.order.commands.create_order import CreateOrder, PlacedOrder
from gorder.order.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
)
from gorder.order.model import InvalidOrder, OutboxEvent
from gorder.order.ports import OrderStoreUnavailableError, StockUnavailableError
from tests.fakes.clock import NOON
from tests.fakes.faults import Died, Mishap
from tests.unit.order.test_create_order import SOUP_AND_BREAD, TOKENS, Shop

KEY = IdempotencyKey("click-1")
CUSTOMERS = 8


def order(
    shop: Shop,
    *lines: tuple[str, int],
    key: IdempotencyKey = KEY,
    customer_id: str = "ann",
) -> PlacedOrder:
    return shop.handle(CreateOrder(customer_id, lines or SOUP_AND_BREAD, "trace-1", key))


def test_the_same_key_finds_the_same_order() -> None:
    shop = Shop()

    first, second = order(shop), order(shop)

    assert (first.replayed, second.replayed) == (False, True)
    assert first.order == second.order
    assert list(shop.orders.stored) == list(shop.stock.held) == [first.order.order_id]
    assert TOKENS.opens(second.access_token, Scope.READ, "ann", first.order.order_id, NOON)


def test_a_new_key_costs_no_further_call() -> None:
    shop = Shop()

    order(shop)

    assert shop.faults.calls == ["stock.reserve", "orders.add", "events.publish"]


def test_lines_may_come_in_another_sequence_and_in_parts() -> None:
    shop = Shop()
    first = order(shop)

    again = order(shop, ("bread", 1), ("soup", 1), ("soup", 1))

    assert again.order == first.order


@pytest.mark.parametrize(
    "other",
    [(("soup", 2),), (("soup", 1), ("bread", 1))],
    ids=["fewer lines", "other units"],
)
def test_a_key_is_for_one_order(other: tuple[tuple[str, int], ...]) -> None:
    shop = Shop()
    order(shop)

    with pytest.raises(IdempotencyKeyReused):
        order(shop, *other)

    assert len(shop.orders.stored) == len(shop.stock.held) == 1


def test_keys_are_each_customers_own() -> None:
    shop = Shop()

    assert order(shop).order.order_id != order(shop, customer_id="bob").order.order_id
    assert order(shop, key=IdempotencyKey("click-2")).replayed is False
    assert len(shop.orders.stored) == 3


def test_without_a_key_two_orders_are_two() -> None:
    shop = Shop()

    assert shop.order().order.order_id != shop.order().order.order_id


def test_the_order_is_answered_as_it_stands() -> None:
    shop = Shop()
    placed = order(shop).order
    shop.stock.release(placed.order_id, "trace-1")
    cancelled = placed.cancel(OutboxEvent("cancelled", "order.cancelled", NOON))
    shop.orders.stored[placed.order_id] = cancelled

    again = order(shop)

    assert (again.order, again.replayed) == (cancelled, True)
    assert shop.stock.held == {}, "what was cancelled is not held again"
    with pytest.raises(IdempotencyKeyReused):
        order(shop, ("soup", 1))


def test_an_event_that_was_left_is_published_again() -> None:
    shop = Shop()
    shop.faults.at(2, Mishap.FAILS)

    order(shop)
    order(shop)

    assert shop.bus.types == ["order.created"]


def test_a_hold_that_was_freed_before_its_order_was_saved_is_begun_anew() -> None:
    shop = Shop()
    shop.faults.at(1, Mishap.DIES_BEFORE)
    with pytest.raises(Died):
        order(shop)
    [lost] = shop.stock.held
    shop.stock.release(lost, "trace-1")

    placed = order(shop)

    assert placed.replayed is False
    assert list(shop.stock.held) == [placed.order.order_id] != [lost]
    assert order(shop).order == placed.order


def test_a_repeated_reservation_is_held_for_longer() -> None:
    shop = Shop()
    shop.faults.at(1, Mishap.DIES_BEFORE)
    with pytest.raises(Died):
        order(shop)
    before = dict(shop.stock.held_until)
    shop.clock.advance(minutes=20)

    placed = order(shop).order

    assert shop.stock.held_until[placed.order_id] == placed.checkout.expires_at
    assert before[placed.order_id] < placed.checkout.expires_at


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("call", range(3))
def test_whatever_happens_to_the_first_there_is_one_order(call: int, mishap: Mishap) -> None:
    shop = Shop()
    shop.faults.at(call, mishap)
    with suppress(Died, StockUnavailableError, OrderStoreUnavailableError):
        order(shop)

    placed = order(shop).order

    assert list(shop.orders.stored) == list(shop.stock.held) == [placed.order_id]
    assert {event.event_type for event in shop.bus.published} == {"order.created"}
    assert len({event.event_id for event in shop.bus.published}) == 1
    assert shop.stock.available == {"soup": 8, "bread": 9, "yacht": 10}


def test_eight_at_once_place_one_order() -> None:
    shop, together = Shop(), Barrier(CUSTOMERS)

    def click(_: int) -> PlacedOrder:
        together.wait(timeout=10)
        return order(shop)

    with ThreadPoolExecutor(CUSTOMERS) as customers:
        placed = list(customers.map(click, range(CUSTOMERS)))

    assert [one.replayed for one in placed].count(False) == 1
    assert len({one.order.order_id for one in placed}) == 1
    assert shop.stock.available["soup"] == 8


@pytest.mark.parametrize("text", ["!", "~", "k" * 255, "5f0c7a34-7d6c-4b1c-9d0c-2f6c9a4be1f2"])
def test_what_a_key_may_be(text: str) -> None:
    ids = IdempotencyKey(text).order_ids("ann")

    first, second = next(ids), next(ids)
    assert first == next(IdempotencyKey(text).order_ids("ann"))
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize("text", ["", " ", "k" * 256, "a b", "a\n", "\x7f", "é", "٣", "\ud800"])
def test_what_a_key_may_not_be(text: str) -> None:
    with pytest.raises(InvalidIdempotencyKey, match=r"^Idempotency-Key: .*1 to 255"):
        IdempotencyKey(text)


def test_a_customer_cannot_speak_for_another_by_a_key() -> None:
    assert next(IdempotencyKey("b!c").order_ids("a")) != next(IdempotencyKey("c").order_ids("a!b"))


def test_a_key_whose_orders_all_came_to_nothing_is_spent() -> None:
    shop = Shop()
    dear = ("yacht", 2)
    refused = []
    for _ in range(11):
        with pytest.raises((InvalidOrder, IdempotencyKeyReused)) as raised:
            order(shop, dear)
        refused.append(raised.type)

    assert refused == [InvalidOrder] * 10 + [IdempotencyKeyReused]
    assert shop.stock.held == {}
