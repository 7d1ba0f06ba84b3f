"""Contract of ClientClaims, for the fake and for the MySQL adapter."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Claimed, Client, ClientLimits, OpenHold, Use
from gorder.stock.model import Hold, ReservationState
from gorder.stock.ports import ClientClaims, StockStore
from tests.fakes.client_claims import MemoryClaims
from tests.fakes.products import product
from tests.fakes.stock import MemoryStockStore

UNTIL = datetime(2099, 12, 1, tzinfo=UTC)
WIDE = ClientLimits(1000, 1000, 100)
NOTHING = ClientLimits(0, 0, 0)


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


def claim(claims: ClientClaims, client: Client, hold: Hold) -> str:
    """Claim units within limits that none of these tests reaches."""
    claimed = claims.claim(client, hold, WIDE)
    assert claimed.claim_id
    return claimed.claim_id


def used(claims: ClientClaims, client: Client, soup: str) -> tuple[Use, Use]:
    """Return what a client holds and has in flight, by a claim that is refused."""
    claimed = claims.claim(client, new_order(**{soup: 1}), NOTHING)
    assert claimed.claim_id is None
    return claimed.held, claimed.in_flight


def test_a_first_claim_meets_no_other(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    claimed = claims.claim(client, new_order(**{soup: 2}), WIDE)

    items = stock_store.run(lambda stock: stock.items([soup]))
    assert claimed == Claimed(claimed.claim_id, Use(), Use(), items, is_reserved=False)
    assert claimed.claim_id


@pytest.mark.parametrize(
    ("wanted", "limits"),
    [
        ({"soup": 2}, replace(WIDE, orders_of_customer=0)),
        ({"soup": 2}, replace(WIDE, orders_of_address=0)),
        ({"soup": 6}, replace(WIDE, share_percent=50)),
        ({"soup": 3}, replace(WIDE, share_percent=1)),
        ({"soup": 11}, WIDE),
        ({"soup": 1, "unknown": 1}, WIDE),
        ({"soup": 1, "inactive": 1}, WIDE),
    ],
    ids=str,
)
def test_what_is_beyond_the_limits_or_the_stock_is_not_claimed(
    *,
    claims: ClientClaims,
    stock_store: StockStore,
    client: Client,
    soup: str,
    wanted: dict[str, int],
    limits: ClientLimits,
) -> None:
    inactive = product(active=False)
    stock_store.run(lambda stock: stock.save_products([inactive]))
    stock_store.run(lambda stock: stock.receive(uuid4().hex, inactive.product_id, 10))
    ids = {"soup": soup, "unknown": uuid4().hex, "inactive": inactive.product_id}
    order = new_order(**{ids[name]: units for name, units in wanted.items()})

    claimed = claims.claim(client, order, limits)

    known = [product_id for product_id in order.quantities if product_id != ids["unknown"]]
    assert (claimed.claim_id, claimed.is_reserved) == (None, False)
    assert claimed.items == stock_store.run(lambda stock: stock.items(known))
    assert used(claims, client, soup) == (Use(), Use())


def test_what_the_stock_would_refuse_is_not_claimed(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    """Its claim would count for others until it is taken back."""
    dollars = product(currency="usd")
    stock_store.run(lambda stock: stock.save_products([dollars]))
    stock_store.run(lambda stock: stock.receive(uuid4().hex, dollars.product_id, 10))
    mixed = new_order(**{soup: 1, dollars.product_id: 1})

    assert claims.claim(client, mixed, WIDE).claim_id is None
    assert claims.claim(client, new_order(**{dollars.product_id: 1}), WIDE).claim_id


def test_units_that_others_hold_are_not_claimed(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    stock_store.try_hold([new_order(**{soup: 9})], wait=True)

    assert claims.claim(client, new_order(**{soup: 2}), WIDE).claim_id is None
    assert claims.claim(client, new_order(**{soup: 1}), WIDE).claim_id


def test_an_order_that_two_customers_of_an_address_claim_counts_for_both(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    order, neighbour = new_order(**{soup: 2}), Client(client.address, uuid4().hex)
    claim(claims, client, order)
    claim(claims, neighbour, order)

    for each in (client, neighbour):
        assert used(claims, each, soup) == (Use(), Use(1, 1, {soup: 2}))


@pytest.mark.parametrize(
    ("limits", "is_claimed"),
    [
        (replace(WIDE, orders_of_address=2), False),
        (replace(WIDE, orders_of_address=3), True),
        (replace(WIDE, orders_of_customer=1), False),
        (replace(WIDE, orders_of_customer=2), True),
        (replace(WIDE, share_percent=59), False),
        (replace(WIDE, share_percent=60), True),
        (replace(WIDE, share_percent=1, small_share=6), True),
    ],
    ids=str,
)
def test_what_is_held_and_what_is_in_flight_count_together(
    *,
    claims: ClientClaims,
    stock_store: StockStore,
    client: Client,
    soup: str,
    limits: ClientLimits,
    is_claimed: bool,
) -> None:
    """The customer holds two units, and a neighbour has three in flight."""
    held = new_order(**{soup: 2})
    claim(claims, client, held)
    stock_store.try_hold([held], wait=True)
    claim(claims, Client(client.address, uuid4().hex), new_order(**{soup: 3}))

    claimed = claims.claim(client, new_order(**{soup: 1}), limits)

    assert (claimed.claim_id is not None) is is_claimed


def test_a_claim_in_flight_counts_for_its_address(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    neighbour, stranger = Client(client.address, uuid4().hex), Client(uuid4().hex, client.customer)
    claim(claims, client, new_order(**{soup: 2}))

    assert used(claims, client, soup) == (Use(), Use(1, 1, {soup: 2}))
    assert used(claims, neighbour, soup) == (Use(), Use(1, 0, {soup: 2}))
    assert used(claims, stranger, soup) == (Use(), Use())


def test_a_withdrawn_claim_does_not_count(claims: ClientClaims, client: Client, soup: str) -> None:
    claim_id = claim(claims, client, new_order(**{soup: 2}))
    claims.withdraw(client, claim_id)
    claims.withdraw(client, claim_id)

    assert used(claims, client, soup) == (Use(), Use())
    claims.withdraw(client, "unknown")


@pytest.mark.parametrize("withdrawn", [0, 1], ids=["first", "second"])
def test_a_request_takes_back_its_own_claim_only(
    claims: ClientClaims, client: Client, soup: str, withdrawn: int
) -> None:
    order = new_order(**{soup: 2})
    both = [claim(claims, client, order), claim(claims, client, order)]
    claims.withdraw(client, both[withdrawn])

    assert used(claims, client, soup) == (Use(), Use(1, 1, {soup: 2}))


def test_several_claims_of_one_order_count_as_the_largest(
    claims: ClientClaims, client: Client, soup: str
) -> None:
    order = new_order(**{soup: 2})
    for units in (2, 3, 1):
        claim(claims, client, Hold(order.order_id, {soup: units}, UNTIL))

    assert used(claims, client, soup) == (Use(), Use(1, 1, {soup: 3}))


@pytest.mark.parametrize("more", [{}, {"bread": 1}], ids=["the same", "other lines"])
@pytest.mark.parametrize("is_stranger", [False, True], ids=["same address", "other address"])
def test_an_order_that_is_reserved_is_not_claimed_again(
    *,
    claims: ClientClaims,
    stock_store: StockStore,
    client: Client,
    soup: str,
    more: dict[str, int],
    is_stranger: bool,
) -> None:
    order = new_order(**{soup: 2})
    claim(claims, client, order)
    stock_store.try_hold([order], wait=True)
    other = Client(uuid4().hex, uuid4().hex) if is_stranger else client

    again = claims.claim(other, Hold(order.order_id, more or order.quantities, UNTIL), WIDE)

    assert (again.claim_id, again.is_reserved) == (None, True)
    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())
    if is_stranger:
        assert used(claims, other, soup) == (Use(), Use())


def test_a_claim_for_more_than_the_order_holds_counts_as_what_it_holds(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    order = new_order(**{soup: 1})
    claim(claims, client, Hold(order.order_id, {soup: 5}, UNTIL))
    claim(claims, client, order)
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
    claim(claims, client, order)
    stock_store.try_hold([order], wait=True)
    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())

    stock_store.try_settle(order.order_id, state)

    assert used(claims, client, soup) == (Use(), Use())
    assert claims.claim(client, order, WIDE).is_reserved


def test_an_order_counts_for_each_address_that_has_claimed_it(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    order, other = new_order(**{soup: 2}), Client(uuid4().hex, uuid4().hex)
    claim(claims, client, order)
    refused = claim(claims, other, order)
    stock_store.try_hold([order], wait=True)

    assert used(claims, other, soup) == (Use(1, 1, {soup: 2}), Use())
    claims.withdraw(other, refused)

    assert used(claims, other, soup) == (Use(), Use())
    assert used(claims, client, soup) == (Use(1, 1, {soup: 2}), Use())


def test_the_largest_holds_are_listed_with_their_clients(
    claims: ClientClaims, stock_store: StockStore, client: Client, soup: str
) -> None:
    small, large, unclaimed, sold = (new_order(**{soup: units}) for units in (1, 3, 2, 4))
    for each in (small, large, sold):
        claim(claims, client, each)
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
