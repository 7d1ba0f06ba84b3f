"""What one client may hold."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.stock.claims import Claimed, Client, ClientLimits, Use
from gorder.stock.commands.reserve_for_client import ReserveForClient, ReserveForClientHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import Hold, Reservation, StockItem
from gorder.stock.ports import (
    StockContentionError,
    StockStoreUnavailableError,
    StockTransaction,
)
from gorder.stock.refusals import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    ReservationDiffers,
    ShareRefusal,
    Shortfall,
    StockRefusal,
    UnknownProductRefusal,
    UnpaidOrdersRefusal,
)
from tests.fakes.client_claims import MemoryClaims
from tests.fakes.products import product
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.stock import MemoryStockStore

UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
LIMITS = ClientLimits(orders_of_customer=3, orders_of_address=5, share_percent=50)
ANN = Client("address", "ann")


def refusal(use: Use, on_hand: int, wanted: int) -> StockRefusal | None:
    hold = Hold("new", {"soup": wanted}, UNTIL)
    return LIMITS.refusal(hold, use, {"soup": StockItem(product("soup"), on_hand)})


def test_a_client_holds_half_of_a_product() -> None:
    assert refusal(Use(), 11, 5) is None
    refused = refusal(Use(), 11, 6)

    assert isinstance(refused, ShareRefusal)
    assert refused.shortfalls == (Shortfall("soup", 6, 5),)


def test_what_the_address_holds_for_other_orders_counts() -> None:
    use = Use(1, 0, {"soup": 3})

    assert refusal(use, 10, 2) is None
    refused = refusal(use, 10, 3)

    assert refused
    assert refused.shortfalls == (Shortfall("soup", 3, 2),)


@pytest.mark.parametrize("on_hand", [1, 2, 3, 4])
def test_two_units_are_allowed_even_if_that_is_more_than_the_share(on_hand: int) -> None:
    assert refusal(Use(), on_hand, 2) is None
    assert isinstance(refusal(Use(), on_hand, 3), ShareRefusal)


def test_a_customer_has_three_unpaid_orders() -> None:
    assert refusal(Use(2, 2), 9, 1) is None
    assert isinstance(refusal(Use(3, 3), 9, 1), UnpaidOrdersRefusal)


def test_an_address_has_five_unpaid_orders_of_all_its_customers() -> None:
    assert refusal(Use(4, 0), 9, 1) is None
    assert isinstance(refusal(Use(5, 0), 9, 1), UnpaidOrdersRefusal)


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


def test_what_the_stock_lacks_is_said_before_what_the_client_may_not() -> None:
    service = Service(soup=10)
    service.store.kept.stock["cake"] = StockItem(product("cake", active=False), 10)

    assert isinstance(service.reserve("o1", 11), InsufficientStockRefusal)
    for name, units, error in (
        ("air", 6, UnknownProductRefusal),
        ("cake", 6, InactiveProductRefusal),
    ):
        hold = Hold(f"o-{name}", {"soup": 6, name: units}, UNTIL)
        [outcome] = service.handle(ReserveForClient(ANN, [hold]))
        assert isinstance(outcome, error)


def test_requests_under_way_are_no_reason_to_refuse_for_good() -> None:
    service = Service(soup=10)
    under_way = Hold("o1", {"soup": 4}, UNTIL)
    claimed = service.claims.claim(ANN, under_way, LIMITS)
    assert claimed.claim_id

    with pytest.raises(StockContentionError, match="under way"):
        service.reserve("o2", 2)
    service.claims.withdraw(ANN, claimed.claim_id)

    assert isinstance(service.reserve("o2", 2), Reservation)


def test_another_request_with_the_same_order_takes_no_claim_away() -> None:
    """It is refused, because it wants something else, and what the order holds goes on counting."""
    service = Service(soup=10, bread=10)
    for n in range(2):
        assert isinstance(service.reserve(f"o{n}", 2), Reservation)
        other = Hold(f"o{n}", {"bread": 1}, UNTIL)
        [outcome] = service.handle(ReserveForClient(ANN, [other]))
        assert isinstance(outcome, ReservationDiffers)

    assert isinstance(service.reserve("o2", 2), ShareRefusal)


def test_a_repeated_request_gets_its_first_outcome() -> None:
    service = Service(soup=10)
    first = service.reserve("o1", 5)

    assert service.reserve("o1", 5) == first
    assert isinstance(service.reserve("o2", 1), ShareRefusal)


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


class SoldMeanwhile(MemoryClaims):
    """Claims after each of which a client of another address takes all units."""

    def __init__(self, store: MemoryStockStore, failure: Exception | None = None) -> None:
        super().__init__(store)
        self.store = store
        self.failure = failure

    def claim(self, client: Client, hold: Hold, limits: ClientLimits) -> Claimed:
        claimed = super().claim(client, hold, limits)
        units = self.store.kept.stock["soup"].available
        self.store.try_hold([Hold("other", {"soup": units}, UNTIL)], wait=True)
        return claimed

    def withdraw(self, client: Client, claim_id: str) -> None:
        if self.failure:
            raise self.failure
        super().withdraw(client, claim_id)


@pytest.mark.parametrize("failure", [None, StockStoreUnavailableError("down")])
def test_a_claim_is_taken_back_if_the_units_are_gone_when_they_are_to_be_held(
    failure: Exception | None,
) -> None:
    service = Service(soup=4)
    claims = SoldMeanwhile(service.store, failure)
    service.handle = replace(service.handle, claims=claims)

    assert isinstance(service.reserve("o1", 1), InsufficientStockRefusal)

    left = claims.claim(ANN, Hold("o2", {"soup": 1}, UNTIL), LIMITS).in_flight
    assert left == (Use(1, 1, {"soup": 1}) if failure else Use())
