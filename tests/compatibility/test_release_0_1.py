"""Everything that release 0.1 wrote can still be read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from gorder.clients.mysql import connect_mysql
from gorder.contracts.api import MenuBody, OrderBody, PlacedOrderBody
from gorder.contracts.events import Event, event_adapter, parse_event
from gorder.contracts.stock import StockRequest, parse_request
from gorder.order.adapters.mongo_documents import to_document, to_order
from gorder.order.status import Status
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import Price, Product, ReservationState, StockItem
from tests.compatibility.frozen import ANSWER_KINDS, FOLDER, read, read_text
from tests.fakes.clock import NOON
from tests.fakes.examples import CUSTOMER_ID, ORDER_ID, TIME_TO_PAY, TRACE_ID, payment
from tests.fakes.stock_ledger import full_audit

ORDERS = read("orders.json")
EVENTS = read_text("events.json")
REQUESTS = read_text("stock_requests.json")
ANSWERS = read_text("stock_answers.json")
API_ANSWERS = read("api_answers.json")
API_KINDS: dict[str, type[BaseModel]] = {
    "create_order": PlacedOrderBody,
    "get_order": OrderBody,
    "get_menu": MenuBody,
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_read_and_written_unchanged(name: str) -> None:
    order = to_order(ORDERS[name])

    assert order.status is Status(name.partition(",")[0].partition(" ")[0])
    assert (order.order_id, order.customer_id, order.trace_id) == (ORDER_ID, CUSTOMER_ID, TRACE_ID)
    assert (order.amount_total, order.currency) == (1650, "eur")
    assert [(line.name, line.amount) for line in order.lines] == [("Soup", 1400), ("Bread", 250)]
    _assert_kept(ORDERS[name], to_document(order))


def _assert_kept(stored: Any, written: Any) -> None:
    """Check that each stored field is written as it was. A later release may add fields."""
    match stored:
        case dict():
            for name, value in stored.items():
                _assert_kept(value, written[name])
        case list():
            for value, kept in zip(stored, written, strict=True):
                _assert_kept(value, kept)
        case _:
            assert written == stored


def test_a_payment_and_a_checkout_are_read() -> None:
    order = to_order(ORDERS["paid"])

    assert order.payment == payment()
    assert order.checkout.expires_at == NOON + TIME_TO_PAY
    assert [event.event_type for event in order.outbox] == ["order.paid"]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read(name: str) -> None:
    event = parse_event(EVENTS[name])

    assert event.event_type == name
    assert event.trace_id == TRACE_ID
    written = json.loads(event_adapter.dump_json(event))
    assert json.loads(EVENTS[name]).items() <= written.items()


def test_every_event_class_of_release_0_1_is_kept() -> None:
    read_as = {type(parse_event(body)) for body in EVENTS.values()}

    assert read_as <= set(get_args(get_args(Event)[0]))
    assert len(read_as) == 9


@pytest.mark.parametrize("name", REQUESTS)
def test_a_stock_request_is_read(name: str) -> None:
    request = parse_request(REQUESTS[name])

    assert request.operation == name.partition(",")[0]
    assert json.loads(REQUESTS[name]).items() <= json.loads(request.model_dump_json()).items()


def test_every_stock_request_class_of_release_0_1_is_kept() -> None:
    read_as = {type(parse_request(body)) for body in REQUESTS.values()}

    assert read_as <= set(get_args(get_args(StockRequest)[0]))
    assert len(read_as) == 5


@pytest.mark.parametrize("name", ANSWERS)
def test_a_stock_answer_is_read(name: str) -> None:
    answer = ANSWER_KINDS[name.partition(",")[0]].model_validate_json(ANSWERS[name])

    _assert_kept(json.loads(ANSWERS[name]), answer.model_dump(mode="json"))


@pytest.mark.parametrize("name", API_ANSWERS)
def test_an_old_client_finds_its_fields_in_a_response(name: str) -> None:
    schema = API_KINDS[name].model_json_schema()

    _assert_fields(API_ANSWERS[name], schema, schema)


def _assert_fields(answer: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    """Each field that was in the answer is in the schema, of the same JSON type."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    kinds = {schema.get("type")} | {choice.get("type") for choice in schema.get("anyOf", ())}
    match answer:
        case dict():
            assert "object" in kinds
            for name, value in answer.items():
                _assert_fields(value, schema["properties"][name], root)
        case list():
            assert "array" in kinds
            for item in answer:
                _assert_fields(item, schema["items"], root)
        case int():
            assert "integer" in kinds
        case str():
            assert "string" in kinds


def test_applied_migrations_are_unchanged() -> None:
    """A changed file would be refused by every database that has it: migrate would fail."""
    frozen = read("migrations.json")

    today = {m.name: m.checksum for m in mysql_migrations.migrations()}

    assert frozen.items() <= today.items()


@pytest.fixture(scope="module")
def store(mysql_url: str) -> Iterator[MysqlStockStore]:
    """A database of release 0.1 with its rows, brought to today's schema."""
    connect = partial(connect_mysql, mysql_url)
    frozen = read("migrations.json")
    mysql_migrations.migrate(
        connect, [m for m in mysql_migrations.migrations() if m.name in frozen]
    )
    rows = mysql_migrations.Migration("rows.sql", (FOLDER / "stock.sql").read_text())
    with connect() as connection, connection.cursor() as cursor:
        for statement in rows.statements:
            cursor.execute(statement)
        connection.commit()
    mysql_migrations.migrate(connect, mysql_migrations.migrations())
    store = MysqlStockStore(connect)
    yield store
    store.close()


@pytest.mark.servers
def test_stock_is_read(store: MysqlStockStore) -> None:
    items = store.run(lambda stock: stock.all_items())

    assert [_units(item) for item in items] == [("bread", 9, 1), ("soup", 8, 2), ("stew", 0, 0)]
    assert [item.product.active for item in items] == [True, True, False]


SAVE_OF_EARLIER_RELEASES = (
    "INSERT INTO products"
    " (product_id, name, price_id, unit_amount, currency, active, unusable)"
    " VALUES (%s, %s, 'price_1', 100, 'eur', 1, NULL)"
    " ON DUPLICATE KEY UPDATE name = VALUES(name), price_id = VALUES(price_id),"
    " unit_amount = VALUES(unit_amount), currency = VALUES(currency),"
    " active = VALUES(active), unusable = VALUES(unusable)"
)


@pytest.mark.servers
def test_an_earlier_release_keeps_the_details_of_a_product(
    store: MysqlStockStore, mysql_url: str
) -> None:
    details = MenuDetails("Hot", "https://shop.example/1.png", "Soups", 3)
    tea = Product("tea", "Tea", Price("price_1", 100, "eur"), True, details=details)
    store.run(lambda stock: stock.save_products([tea]))

    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.executemany(SAVE_OF_EARLIER_RELEASES, [("tea", "Green tea"), ("milk", "Milk")])
        connection.commit()

    found = store.run(lambda stock: stock.items(["tea", "milk"]))
    assert found["tea"].product == replace(tea, name="Green tea")
    assert found["milk"].product.details == MenuDetails()
    with connect_mysql(mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM products WHERE product_id IN ('tea', 'milk')")
        cursor.execute("DELETE FROM stock WHERE product_id IN ('tea', 'milk')")
        connection.commit()


@pytest.mark.servers
def test_reservations_are_read_without_drift(store: MysqlStockStore) -> None:
    found = store.run(lambda stock: stock.reservations(["held", "sold", "freed"]))

    assert {order_id: reservation.state for order_id, reservation in found.items()} == {
        "held": ReservationState.HELD,
        "sold": ReservationState.CONFIRMED,
        "freed": ReservationState.RELEASED,
    }
    assert {r.expires_at for r in found.values()} == {NOON + TIME_TO_PAY}
    assert full_audit(store) == []
    assert store.run(lambda stock: stock.receipts("opening")) == {"soup": 10, "bread": 10}


@pytest.mark.servers
def test_a_hold_of_release_0_1_is_settled(store: MysqlStockStore) -> None:
    held = store.run(lambda stock: stock.reservations(["held"]))["held"]

    store.run(lambda stock: stock.settle(held.confirm()))

    items = store.run(lambda stock: stock.items(["soup", "bread"]))
    assert {_units(item) for item in items.values()} == {("soup", 6, 0), ("bread", 8, 0)}
    assert full_audit(store) == []


def _units(item: StockItem) -> tuple[str, int, int]:
    return item.product.product_id, item.on_hand, item.held
