"""What one client may hold."""

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.stock.claims import Claim, Claimed, Client, ClientLimits
from gorder.stock.commands.reserve_for_client import ReserveForClient, ReserveForClientHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import Hold, Reservation
from gorder.stock.ports import StockTransaction
from gorder.stock.refusals import (
    InsufficientStockRefusal,
    ShareRefusal,
    Shortfall,
    StockRefusal,
    UnknownProductRefusal,
    UnpaidOrdersRefusal,
)
from tests.fakes.stock import MemoryClaims, MemoryQueue, MemoryStockStore, product

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
LIMITS = ClientLimits(orders_of_customer=3, orders_of_address=5, share_percent=50)
ANN = Client("address", "ann")


def refusal(claimed: Claimed, **quantities: int) -> StockRefusal | None:
    return LIMITS.refusal(ANN, Hold("new", quantities, UNTIL), claimed)


def others(*customers: str) -> list[Claim]:
    """Return a claim of one unit of bread for each customer, each for another order."""
    return [Claim(f"o{n}", customer, "bread", 1) for n, customer in enumerate(customers)]


def test_a_client_holds_half_of_a_product() -> None:
    claimed = Claimed([], {"soup": 11}, is_reserved=False)

    assert refusal(claimed, soup=5) is None
    refused = refusal(claimed, soup=6)

    assert isinstance(refused, ShareRefusal)
    assert refused.shortfalls == (Shortfall("soup", 6, 5),)


def test_what_the_address_holds_for_other_orders_counts() -> None:
    held = [Claim("o1", "ben", "soup", 3), Claim("o1", "ben", "bread", 1)]
    claimed = Claimed(held, {"soup": 10}, is_reserved=False)

    assert refusal(claimed, soup=2) is None
    refused = refusal(claimed, soup=3)

    assert refused
    assert refused.shortfalls == (Shortfall("soup", 3, 2),)


@pytest.mark.parametrize("on_hand", [1, 2, 3, 4])
def test_two_units_are_allowed_even_if_that_is_more_than_the_share(on_hand: int) -> None:
    wanted = min(on_hand, 2)

    assert refusal(Claimed([], {"soup": on_hand}, is_reserved=False), soup=wanted) is None


@pytest.mark.parametrize("on_hand", [{}, {"soup": 0}, {"soup": 4}])
def test_a_product_that_is_short_anyway_is_left_to_the_stock(on_hand: dict[str, int]) -> None:
    assert refusal(Claimed([], on_hand, is_reserved=False), soup=5) is None


def test_a_customer_has_three_unpaid_orders() -> None:
    two, three = others("ann", "ann"), others("ann", "ann", "ann")

    assert refusal(Claimed(two, {"soup": 9}, is_reserved=False), soup=1) is None
    assert isinstance(
        refusal(Claimed(three, {"soup": 9}, is_reserved=False), soup=1), UnpaidOrdersRefusal
    )


def test_an_order_of_several_products_is_one_order() -> None:
    one = [Claim("o1", "ann", name, 1) for name in ("bread", "cake", "tea")]

    assert refusal(Claimed(one, {"soup": 9}, is_reserved=False), soup=1) is None


def test_an_address_has_five_unpaid_orders_of_all_its_customers() -> None:
    claimed = Claimed(others("a", "b", "c", "d", "e"), {"soup": 9}, is_reserved=False)

    assert isinstance(refusal(claimed, soup=1), UnpaidOrdersRefusal)


def test_a_repeated_request_gets_its_first_outcome() -> None:
    claimed = Claimed(others(*["ann"] * 9), {"soup": 1}, is_reserved=True)

    assert refusal(claimed, soup=9) is None


@given(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from(["ann", "ben"])), max_size=12),
    st.integers(1, 30),
)
def test_no_sequence_of_orders_holds_more_than_the_limits(
    wanted: list[tuple[int, str]], on_hand: int
) -> None:
    service = Service(soup=on_hand)

    for n, (units, customer) in enumerate(wanted):
        service.reserve(f"o{n}", units, customer)

    held = [r for r in service.store.kept.reserved.values() if r.is_held]
    assert sum(r.quantities["soup"] for r in held) <= max(2, on_hand // 2)
    assert len(held) <= LIMITS.orders_of_address


def _stock(stock: StockTransaction, *, name: str, quantity: int) -> None:
    stock.save_products([product(name)])
    stock.receive("opening", name, quantity)


def _settle(stock: StockTransaction, *, sold: Reservation) -> None:
    stock.settle(sold)


class Service:
    """The handler on a store in memory."""

    def __init__(self, **units: int) -> None:
        self.store = MemoryStockStore()
        self.claims = MemoryClaims(self.store)
        reserve = ReserveStockHandler(store=self.store, queue=MemoryQueue())
        self.handle = ReserveForClientHandler(claims=self.claims, reserve=reserve, limits=LIMITS)
        for name, quantity in units.items():
            self.store.run(partial(_stock, name=name, quantity=quantity))

    def reserve(self, order_id: str, units: int, customer: str = "ann") -> object:
        hold = Hold(order_id, {"soup": units}, UNTIL)
        [outcome] = self.handle(ReserveForClient(Client("address", customer), [hold]))
        return outcome


def test_a_client_beyond_its_share_takes_no_units() -> None:
    service = Service(soup=10)

    assert isinstance(service.reserve("o1", 5), Reservation)
    assert isinstance(service.reserve("o2", 1), ShareRefusal)

    assert service.store.kept.stock["soup"].held == 5


def test_a_refused_order_does_not_count() -> None:
    service = Service(soup=10)
    for n in range(4):
        assert isinstance(service.reserve(f"o{n}", 11), InsufficientStockRefusal)

    assert isinstance(service.reserve("o9", 1), Reservation)


def test_a_sold_order_does_not_count() -> None:
    service = Service(soup=10)
    for n in range(4):
        assert isinstance(service.reserve(f"o{n}", 1), Reservation)
        sold = service.store.kept.reserved[f"o{n}"].confirm()
        service.store.run(partial(_settle, sold=sold))


def test_several_holds_of_one_request_have_each_their_outcome() -> None:
    service = Service(soup=10)
    holds = [
        Hold("o1", {"soup": 4}, UNTIL),
        Hold("o2", {"soup": 4}, UNTIL),
        Hold("o3", {"soup": 1}, UNTIL),
        Hold("o4", {"air": 1}, UNTIL),
    ]

    outcomes = service.handle(ReserveForClient(ANN, holds))

    assert [type(outcome) for outcome in outcomes] == [
        *(Reservation, ShareRefusal, Reservation, UnknownProductRefusal)
    ]


def test_a_request_without_an_admitted_hold_reserves_nothing() -> None:
    service = Service(soup=10)

    [outcome] = service.handle(ReserveForClient(ANN, [Hold("o1", {"soup": 6}, UNTIL)]))

    assert isinstance(outcome, ShareRefusal)
    assert not service.store.kept.reserved
