"""Contract of ClientClaims, for the fake and for the MySQL adapter."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Claim, Claimed, Client, OpenHold
from gorder.stock.model import Hold, ReservationState
from gorder.stock.ports import ClientClaims, StockStore
from tests.fakes.stock import MemoryClaims, MemoryStockStore, product

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


def hold(**quantities: int) -> Hold:
    return Hold(uuid4().hex, quantities, UNTIL)


def others(claimed: Claimed) -> set[Claim]:
    return set(claimed.others)


def test_a_first_claim_meets_no_other(claims: ClientClaims, client: Client, soup: str) -> None:
    claimed = claims.claim(client, hold(**{soup: 2}, unknown=1))

    assert claimed == Claimed([], {soup: 10}, is_reserved=False)


def test_a_claim_sees_those_of_its_address(claims: ClientClaims, client: Client, soup: str) -> None:
    first, stranger = hold(**{soup: 2}, bread=3), Client(uuid4().hex, client.customer)
    claims.claim(client, first)
    claims.claim(stranger, hold(**{soup: 1}))

    claimed = claims.claim(Client(client.address, uuid4().hex), hold(**{soup: 1}))

    assert others(claimed) == {
        Claim(first.order_id, client.customer, soup, 2),
        Claim(first.order_id, client.customer, "bread", 3),
    }


def test_a_withdrawn_claim_does_not_count(claims: ClientClaims, client: Client, soup: str) -> None:
    first = hold(**{soup: 2})
    claims.claim(client, first)
    claims.withdraw(client, first.order_id)

    assert others(claims.claim(client, hold(**{soup: 1}))) == set()
    claims.withdraw(client, "unknown")


def test_the_claim_of_a_repeated_request_stays_if_one_of_both_is_refused(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    first = hold(**{soup: 2})
    claims.claim(client, first)
    assert others(claims.claim(client, first)) == set()
    claims.withdraw(client, first.order_id)

    assert others(claims.claim(client, hold(**{soup: 1}))) == {
        Claim(first.order_id, client.customer, soup, 2)
    }


@pytest.mark.parametrize(
    ("state", "counts"),
    [(None, True), (ReservationState.CONFIRMED, False), (ReservationState.RELEASED, False)],
)
def test_a_claim_counts_while_its_units_are_held(
    *,
    claims: ClientClaims,
    stock_store: StockStore,
    client: Client,
    soup: str,
    state: ReservationState | None,
    counts: bool,
) -> None:
    first = hold(**{soup: 2})
    claims.claim(client, first)
    stock_store.try_hold([first], wait=True)
    if state:
        stock_store.try_settle(first.order_id, state)

    assert bool(claims.claim(client, hold(**{soup: 1})).others) is counts
    assert claims.claim(client, first).is_reserved


def test_the_largest_holds_are_listed_with_their_clients(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    small, large, unclaimed, sold = (hold(**{soup: units}) for units in (1, 3, 2, 4))
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


def test_an_order_counts_for_each_address_that_claims_it(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    """So a refused request of one address does not take away the claim of another address."""
    first, other = hold(**{soup: 2}), Client(uuid4().hex, uuid4().hex)
    claims.claim(other, first)
    claims.claim(client, first)
    claims.withdraw(other, first.order_id)
    stock_store.try_hold([first], wait=True)

    assert others(claims.claim(client, hold(**{soup: 1}))) == {
        Claim(first.order_id, client.customer, soup, 2)
    }
    assert others(claims.claim(other, hold(**{soup: 1}))) == set()
