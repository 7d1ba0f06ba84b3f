"""Contract of ClientClaims, for the fake and for the MySQL adapter."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Claimed, Client, OpenHold, Use
from gorder.stock.model import Hold, ReservationState
from gorder.stock.ports import ClientClaims, StockStore
from tests.fakes.client_claims import MemoryClaims
from tests.fakes.stock import MemoryStockStore, product

UNTIL = datetime(2099, 12, 1, tzinfo=UTC)


@pytest.fixture
def claims(stock_store: StockStore) -> ClientClaims:
    if isinstance(stock_store, MemoryStockStore):
        return MemoryClaims(stock_store)
    assert isinstance(stock_store, MysqlStockStore)
    return stock_store


@pytest.fixture
def client() -> Client:
    return Client(uuid4().hex, uuid4().hex)


@pytest.fixture
def soup(stock_store: StockStore) -> str:
    """A product with ten units."""
    new = product()
    stock_store.run(lambda stock: stock.save_products([new]))
    stock_store.run(lambda stock: stock.receive(uuid4().hex, new.product_id, 10))
    return new.product_id


def new_order(**quantities: int) -> Hold:
    return Hold(uuid4().hex, quantities, UNTIL)


def used(claims: ClientClaims, client: Client, soup: str) -> tuple[Use, Use]:
    """Return what a client holds and has in flight, by a claim that is taken back."""
    claimed = claims.claim(client, new_order(**{soup: 1}))
    claims.withdraw(client, claimed.claim_id)
    return claimed.held, claimed.in_flight


def test_a_first_claim_meets_no_other(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    claimed = claims.claim(client, new_order(**{soup: 2}, unknown=1))

    items = stock_store.run(lambda stock: stock.items([soup]))
    assert claimed == Claimed(claimed.claim_id, Use(), Use(), items, is_reserved=False)


def test_a_claim_in_flight_counts_for_its_address(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    neighbour, stranger = Client(client.address, uuid4().hex), Client(uuid4().hex, client.customer)
    claims.claim(client, new_order(**{soup: 2}, unknown=3))

    assert used(claims, client, soup) == (Use(), Use(1, 1, {soup: 2}))
    assert used(claims, neighbour, soup) == (Use(), Use(1, 0, {soup: 2}))
    assert used(claims, stranger, soup) == (Use(), Use())


def test_a_withdrawn_claim_does_not_count(claims: ClientClaims, client: Client, soup: str) -> None:
    claimed = claims.claim(client, new_order(**{soup: 2}))
    claims.withdraw(client, claimed.claim_id)
    claims.withdraw(client, claimed.claim_id)

    assert used(claims, client, soup) == (Use(), Use())
    claims.withdraw(client, "unknown")


def test_a_request_takes_back_its_own_claim_only(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    order = new_order(**{soup: 2})
    claims.claim(client, order)
    repeated = claims.claim(client, order)
    claims.withdraw(client, repeated.claim_id)

    assert used(claims, client, soup) == (Use(), Use(1, 1, {soup: 2}))


@pytest.mark.parametrize("more", [{}, {"bread": 1}], ids=["the same", "other lines"])
def test_a_request_for_an_order_that_is_held_takes_nothing_away(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str, more: dict[str, int]
) -> None:
    order = new_order(**{soup: 2})
    claims.claim(client, order)
    stock_store.try_hold([order], wait=True)
    for _ in range(3):
        other = claims.claim(client, Hold(order.order_id, more or order.quantities, UNTIL))
        assert other.is_reserved
        claims.withdraw(client, other.claim_id)

    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())


def test_a_claim_for_more_than_the_order_holds_counts_as_what_it_holds(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    order = new_order(**{soup: 1})
    claims.claim(client, Hold(order.order_id, {soup: 5}, UNTIL))
    claims.claim(client, order)
    stock_store.try_hold([order], wait=True)

    assert used(claims, client, soup) == (Use(1, 1, {soup: 1}), Use())


@pytest.mark.parametrize("state", [ReservationState.CONFIRMED, ReservationState.RELEASED])
def test_a_settled_order_does_not_count(
    claims: ClientClaims,
    stock_store: StockStore,
    client: Client,
    soup: str,
    state: ReservationState,
) -> None:
    order = new_order(**{soup: 2})
    claims.claim(client, order)
    stock_store.try_hold([order], wait=True)
    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())

    stock_store.try_settle(order.order_id, state)

    assert used(claims, client, soup) == (Use(), Use())


def test_an_order_counts_for_each_address_that_claims_it(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    order, other = new_order(**{soup: 2}), Client(uuid4().hex, uuid4().hex)
    claims.claim(client, order)
    refused = claims.claim(other, order)
    stock_store.try_hold([order], wait=True)

    assert used(claims, other, soup) == (Use(1, 1, {soup: 2}), Use())
    claims.withdraw(other, refused.claim_id)

    assert used(claims, other, soup) == (Use(), Use())
    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())


def test_the_largest_holds_are_listed_with_their_clients(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    small, large, unclaimed, sold = (new_order(**{soup: units}) for units in (1, 3, 2, 4))
    for each in (small, large, sold):
        claims.claim(client, each)
    for each in (small, large, unclaimed, sold):
        stock_store.try_hold([each], wait=True)
    stock_store.try_settle(sold.order_id, ReservationState.CONFIRMED)

    holds = [each for each in claims.largest_holds(10_000) if each.expires_at == UNTIL]

    ids = {small.order_id, large.order_id, unclaimed.order_id, sold.order_id}
    assert [each for each in holds if each.order_id in ids] == [
        OpenHold(large.order_id, client.address, 3, UNTIL),
        OpenHold(unclaimed.order_id, None, 2, UNTIL),
        OpenHold(small.order_id, client.address, 1, UNTIL),
    ]
    assert len(claims.largest_holds(1)) == 1
