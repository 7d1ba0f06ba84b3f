"""Claims on a real server: of concurrent requests, and of other days."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from gorder.stock.adapters import mysql_claims
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import Client, ClientLimits, Use
from gorder.stock.commands.forget_clients import KEPT, ForgetClients, ForgetClientsHandler
from gorder.stock.commands.reserve_for_client import ReserveForClient, ReserveForClientHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.model import Hold, Reservation, ReservationState
from gorder.stock.ports import StockContentionError
from tests.fakes.reservation_queue import MemoryQueue
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
    """Reserve for the clients in turn, each hold on a connection of its own.

    A request that depends on others under way is repeated, as a client does.
    """

    def reserve(n: int) -> object:
        service, client = handler(stores(budget_seconds=30)), clients[n % len(clients)]
        while True:
            with suppress(StockContentionError):
                [outcome] = service(ReserveForClient(client, [holds[n]]))
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
    store.claim(client, Hold(uuid4().hex, {soup: 4}, UNTIL), LIMITS)
    for seconds, use in ((55, Use(1, 1, {soup: 4})), (10, Use())):
        database.rows(
            "UPDATE claims SET claimed_at = claimed_at - INTERVAL %s SECOND WHERE address = %s",
            seconds,
            client.address,
        )
        found = store.claim(client, Hold(uuid4().hex, {soup: 5}, UNTIL), LIMITS)
        assert (found.claim_id, found.in_flight) == (None, use)


def test_a_claim_waits_for_the_one_before_it_of_the_same_address(
    database: StockDatabase, stores: Stores
) -> None:
    soup, address = database.stocked(8), uuid4().hex
    hold = Hold(uuid4().hex, {soup: 1}, UNTIL)
    stores().claim(Client(address, uuid4().hex), hold, LIMITS)
    impatient = stores(budget_seconds=0)
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM client_addresses WHERE address = %s FOR UPDATE", [address])

        with pytest.raises(StockContentionError):
            impatient.claim(Client(address, uuid4().hex), hold, LIMITS)
        assert impatient.claim(Client(uuid4().hex, uuid4().hex), hold, LIMITS).claim_id


def test_a_call_that_is_repeated_and_refused_leaves_no_claim(
    database: StockDatabase, stores: Stores
) -> None:
    """Its first answer was lost, and others have taken the units meanwhile."""
    soup, client, store = database.stocked(4), Client(uuid4().hex, uuid4().hex), stores()
    order, claim_id = Hold(uuid4().hex, {soup: 1}, UNTIL), uuid4().hex
    with database.connect() as connection, connection.cursor() as cursor:
        first = mysql_claims.claim(cursor, claim_id, client, order, LIMITS)
        store.try_hold([Hold(uuid4().hex, {soup: 4}, UNTIL)], wait=True)
        again = mysql_claims.claim(cursor, claim_id, client, order, LIMITS)

    assert (first.claim_id, again.claim_id) == (claim_id, None)
    assert database.rows("SELECT 1 FROM claims WHERE address = %s", client.address) == []


def test_products_with_the_longest_names_are_read(database: StockDatabase, stores: Stores) -> None:
    dishes = [database.stocked(0) for _ in range(50)]
    database.rows("UPDATE products SET name = REPEAT(CHAR(1), 5000) WHERE product_id IN %s", dishes)
    order = Hold(uuid4().hex, dict.fromkeys(dishes, 1), UNTIL)

    assert len(stores().claim(Client(uuid4().hex, uuid4().hex), order, LIMITS).items) == 50


def test_refused_requests_keep_no_other_customer_of_the_address_from_ordering(
    database: StockDatabase, stores: Stores
) -> None:
    """They leave no claim, so there is nothing in flight."""
    soup, address = database.stocked(20), uuid4().hex
    for units in (11, 21):
        refused = Hold(uuid4().hex, {soup: units}, UNTIL)
        assert stores().claim(Client(address, uuid4().hex), refused, LIMITS).claim_id is None

    assert database.rows("SELECT 1 FROM claims WHERE address = %s", address) == []


def test_claims_of_settled_orders_are_deleted_once_there_are_many(
    database: StockDatabase, stores: Stores
) -> None:
    soup, client, store = database.stocked(90), Client(uuid4().hex, uuid4().hex), stores()
    wide = ClientLimits(1000, 1000, 100)
    orders = [Hold(uuid4().hex, {soup: 1}, UNTIL) for _ in range(24)]
    for order in orders:
        store.claim(client, order, wide)
        store.try_hold([order], wait=True)
    for n, order in enumerate(orders[:22]):
        store.try_settle(order.order_id, ReservationState(["confirmed", "released"][n % 2]))

    last = Hold(uuid4().hex, {soup: 1}, UNTIL)
    found = store.claim(client, last, wide)

    kept = database.rows("SELECT order_id FROM claims WHERE address = %s", client.address)
    assert {row[0] for row in kept} == {order.order_id for order in [*orders[22:], last]}
    assert found.held == Use(2, 2, {soup: 2})


def test_claims_and_withdrawals_of_one_address_do_not_deadlock(
    database: StockDatabase, stores: Stores
) -> None:
    soup, client = database.stocked(100), Client(uuid4().hex, uuid4().hex)
    before = deadlocks(database)

    def claim_and_withdraw(store: MysqlStockStore) -> None:
        for _ in range(20):
            found = store.claim(client, Hold(uuid4().hex, {soup: 1}, UNTIL), LIMITS)
            if found.claim_id:
                store.withdraw(client, found.claim_id)

    with ThreadPoolExecutor(8) as requests:
        list(requests.map(claim_and_withdraw, [stores(budget_seconds=30) for _ in range(8)]))

    assert deadlocks(database) == before
    assert database.rows("SELECT 1 FROM claims WHERE address = %s", client.address) == []


def deadlocks(database: StockDatabase) -> int:
    [(_, count)] = database.rows("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
    return int(count)


def test_a_claim_does_not_wait_for_a_reservation_that_another_locks(
    database: StockDatabase, stores: Stores
) -> None:
    soup, client, store = database.stocked(8), Client(uuid4().hex, uuid4().hex), stores()
    held = Hold(uuid4().hex, {soup: 1}, UNTIL)
    store.claim(client, held, LIMITS)
    store.try_hold([held], wait=True)
    with database.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM reservations WHERE order_id = %s FOR UPDATE", [held.order_id])
        found = store.claim(client, Hold(uuid4().hex, {soup: 1}, UNTIL), LIMITS)

    assert found.held.units == {soup: 1}


def test_claims_that_do_not_count_are_forgotten(
    database: StockDatabase, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of an order that is held stay, however old they are."""
    monkeypatch.setattr(mysql_claims, "_DELETED_AT_ONCE", 2)
    soup, store = database.stocked(9), stores()
    clients = [Client(uuid4().hex, uuid4().hex) for _ in range(7)]
    orders = [Hold(uuid4().hex, {soup: 1}, UNTIL) for _ in clients]
    for client, order in zip(clients, orders, strict=True):
        store.claim(client, order, LIMITS)
    *_, held, sold, recent = orders
    store.try_hold([held], wait=True)
    store.try_hold([sold], wait=True)
    store.try_settle(sold.order_id, ReservationState.CONFIRMED)
    age(database, [client.address for client in clients[:-1]], KEPT + timedelta(seconds=5))
    age(database, [clients[-1].address], KEPT - timedelta(minutes=1))

    ForgetClientsHandler(claims=store)(ForgetClients())

    addresses = [client.address for client in clients]
    kept = "SELECT order_id FROM claims WHERE address IN %s"
    assert {row[0] for row in database.rows(kept, addresses)} == {held.order_id, recent.order_id}
    known = "SELECT address FROM client_addresses WHERE address IN %s"
    assert database.rows(known, addresses) == [(clients[-1].address,)]


def age(database: StockDatabase, addresses: list[str], by: timedelta) -> None:
    for table in ("claims", "client_addresses"):
        database.rows(
            f"UPDATE {table} SET claimed_at = claimed_at - INTERVAL %s SECOND"  # noqa: S608 - `table` is a constant
            " WHERE address IN %s",
            int(by.total_seconds()),
            addresses,
        )
