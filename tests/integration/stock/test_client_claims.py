"""Claims on a real server: of concurrent requests, and of other days."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Client, ClientLimits
from gorder.stock.commands.reserve_for_client import ReserveForClient, ReserveForClientHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import Hold, Reservation, ReservationState
from tests.fakes.stock import MemoryQueue
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

UNTIL = datetime(2099, 12, 1, tzinfo=UTC)
LIMITS = ClientLimits(orders_of_customer=3, orders_of_address=5, share_percent=50)
REQUESTS = 24

type Stores = Callable[..., MysqlStockStore]


def handler(store: MysqlStockStore) -> ReserveForClientHandler:
    reserve = ReserveStockHandler(store=store, queue=MemoryQueue())
    return ReserveForClientHandler(claims=store, reserve=reserve, limits=LIMITS)


def reserve_at_once(stores: Stores, holds: list[Hold], clients: list[Client]) -> list[object]:
    """Reserve for the clients in turn, each hold on a connection of its own."""

    def reserve(n: int) -> object:
        client = clients[n % len(clients)]
        [outcome] = handler(stores(budget_seconds=30))(ReserveForClient(client, [holds[n]]))
        return outcome

    with ThreadPoolExecutor(8) as requests:
        return list(requests.map(reserve, range(len(holds))))


def units_held(outcomes: list[object]) -> list[int]:
    return [sum(r.quantities.values()) for r in outcomes if isinstance(r, Reservation)]


def test_concurrent_orders_of_one_address_hold_its_share_and_no_more(
    database: StockDatabase, stores: Stores
) -> None:
    soup, address = database.stocked(8), uuid4().hex
    clients = [Client(address, uuid4().hex) for _ in range(REQUESTS)]
    holds = [Hold(uuid4().hex, {soup: 1}, UNTIL) for _ in range(REQUESTS)]

    assert sum(units_held(reserve_at_once(stores, holds, clients))) == 4


def test_concurrent_orders_of_one_customer_are_three(
    database: StockDatabase, stores: Stores
) -> None:
    dishes = [database.stocked(50) for _ in range(REQUESTS)]
    client = Client(uuid4().hex, uuid4().hex)
    holds = [Hold(uuid4().hex, {dish: 1}, UNTIL) for dish in dishes]

    assert len(units_held(reserve_at_once(stores, holds, [client]))) == 3


def test_concurrent_orders_of_other_addresses_sell_out(
    database: StockDatabase, stores: Stores
) -> None:
    soup = database.stocked(8)
    clients = [Client(uuid4().hex, uuid4().hex) for _ in range(REQUESTS)]
    holds = [Hold(uuid4().hex, {soup: 1}, UNTIL) for _ in range(REQUESTS)]

    assert sum(units_held(reserve_at_once(stores, holds, clients))) == 8


def test_a_claim_that_a_request_left_behind_counts_for_a_minute(
    database: StockDatabase, stores: Stores
) -> None:
    soup, client, store = database.stocked(8), Client(uuid4().hex, uuid4().hex), stores()
    left = Hold(uuid4().hex, {soup: 4}, UNTIL)
    store.claim(client, left)
    database.rows("UPDATE claims SET claimed_at = claimed_at - INTERVAL 55 SECOND")
    assert store.claim(client, Hold(uuid4().hex, {soup: 1}, UNTIL)).others

    database.rows("UPDATE claims SET claimed_at = claimed_at - INTERVAL 60 SECOND")

    assert not store.claim(client, Hold(uuid4().hex, {soup: 1}, UNTIL)).others


def test_claims_of_earlier_days_are_forgotten(database: StockDatabase, stores: Stores) -> None:
    soup, store = database.stocked(8), stores()
    old, new = (Client(uuid4().hex, uuid4().hex) for _ in range(2))
    for client in (old, new):
        store.claim(client, Hold(uuid4().hex, {soup: 1}, UNTIL))
    for table in ("claims", "clients"):
        database.rows(
            f"UPDATE {table} SET claimed_at = claimed_at - INTERVAL 49 HOUR WHERE address = %s",  # noqa: S608 - `table` is a constant
            old.address,
        )

    store.forget(timedelta(days=2))
    store.forget(timedelta(days=2))

    for table in ("claims", "clients"):
        kept = f"SELECT address FROM {table} WHERE address IN (%s, %s)"  # noqa: S608 - `table` is a constant
        assert database.rows(kept, old.address, new.address) == [(new.address,)]


def test_claims_of_settled_orders_are_deleted(database: StockDatabase, stores: Stores) -> None:
    soup, client, store = database.stocked(9), Client(uuid4().hex, uuid4().hex), stores()
    for state in (ReservationState.CONFIRMED, ReservationState.RELEASED, None):
        hold = Hold(uuid4().hex, {soup: 1}, UNTIL)
        store.claim(client, hold)
        store.try_hold([hold], wait=True)
        if state:
            store.try_settle(hold.order_id, state)

    last = Hold(uuid4().hex, {soup: 1}, UNTIL)
    store.claim(client, last)

    kept = database.rows("SELECT order_id FROM claims WHERE address = %s", client.address)
    assert {order_id for (order_id,) in kept} == {hold.order_id, last.order_id}
