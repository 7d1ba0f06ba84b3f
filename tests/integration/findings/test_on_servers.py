"""Findings are ended on MongoDB, MariaDB and the Stripe stand-in, as on AWS."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest
from pymongo.collection import Collection

import functions.stock_check.app
from gorder.bootstrap import back_office, stock_check
from gorder.clients.mysql import connect_mysql
from gorder.clients.stripe import stripe_client
from gorder.contracts.back_office import parse_request
from gorder.contracts.back_office_order_repairs import OrderRepairRequest
from gorder.contracts.back_office_orders import OrderRequest
from gorder.contracts.back_office_stock import StockRequest
from gorder.contracts.bus import Topic
from gorder.contracts.stock import parse_request as parse_stock_request
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.adapters.mongo_repair import MongoOrderDocuments
from gorder.order.changes import OutboxEvent
from gorder.order.lines import OrderLine
from gorder.order.model import Order
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.adapters.stripe_ledger import StripeLedger
from gorder.payment.model import Payable, PayableLine
from gorder.runtime.clock import utc_now
from gorder.runtime.invoke import invoked_function
from gorder.stock.adapters import mysql_migrations
from gorder.stock.adapters.mysql_reservations import MysqlReservationBook
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.claims import ClientLimits
from gorder.stock.model import Price, Product
from gorder.upkeep.audit_orders import AuditOrders, AuditOrdersHandler
from tests.contract.standin_client import StandinClient, running_standin
from tests.fakes.bus import MemoryBus
from tests.fakes.deployment import QUEUES, LambdaInvoker
from tests.fakes.examples import PAGE_OPTIONS, STACK
from tests.fakes.products import FixedProducts
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.telemetry import MemoryTelemetry

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

pytestmark = pytest.mark.servers

LATER = timedelta(minutes=20)
WHY = {"by": "ann", "reason": "Put right."}


class ServedShop:
    """The back office on real stores, and an order of two soups at 4.50."""

    def __init__(
        self, collection: Collection[Document], mysql_url: str, standin: StandinClient
    ) -> None:
        self.collection, self.standin, self.mysql_url = collection, standin, mysql_url
        connect = partial(connect_mysql, mysql_url)
        mysql_migrations.migrate(connect, mysql_migrations.migrations())
        self.store = MysqlStockStore(connect)
        self.orders = MongoOrders(lambda: collection)
        account = stripe_client("sk_test_x", standin.url)
        self.gateway = StripeGateway(account, STACK)
        self.ledger = StripeLedger(account, STACK)
        service = stock_check.build(self.store, MemoryQueue(), self.store, ClientLimits(9, 9, 90))
        handler = invoked_function(
            parse_stock_request, functions.stock_check.app.answer, lambda: service
        )
        self.stock = LambdaStock(cast("LambdaClient", LambdaInvoker(handler)), "stock_check")
        events = MemoryBus(QUEUES).publisher(Topic.ORDERS)
        documents = MongoOrderDocuments(self.orders)
        parts = (self.gateway, self.stock, events)
        self.repairs = back_office.order_repair_office(self.orders, documents, *parts)
        self.closing = back_office.order_office(self.orders, documents, *parts)
        self.units = back_office.stock_office(self.store, self.store, FixedProducts())

    def ask(self, command: str, **fields: object) -> Any:
        """Answer a request as the back office does."""
        request = parse_request(json.dumps({"command": command} | fields))
        if isinstance(request, OrderRepairRequest):
            return self.repairs.answer(request)
        if isinstance(request, OrderRequest):
            return self.closing.answer(request, "trace")
        assert isinstance(request, StockRequest)
        return self.units.answer(request)

    def place(self) -> str:
        """Reserve, save and pay an order, and report nothing of it; return its id."""
        price_id = self.standin.price(450)
        product_id = f"prod_{uuid4().hex[:12]}"
        new = Product(product_id, "Soup", Price(price_id, 450, "eur"), active=True)
        self.store.run(lambda stock: stock.save_products([new]))
        self.store.run(lambda stock: stock.receive("opening", product_id, 10))
        order_id, until = uuid4().hex, utc_now() + timedelta(minutes=40)
        priced = self.stock.reserve(order_id, {product_id: 2}, until, "trace")
        lines = tuple(
            OrderLine(e.product_id, e.name, e.quantity, e.unit_amount, e.price_id) for e in priced
        )
        order = Order.place(
            order_id=order_id,
            customer_id="ann",
            trace_id="trace",
            lines=lines,
            currency="eur",
            pay_until=until,
            created=OutboxEvent("created", "order.created", utc_now()),
            token_key_id="k",
        ).delivered(["created"])
        assert self.orders.add(order)
        asked = Payable(order_id, "trace", (PayableLine(price_id, 2),), 900, "eur", 1, until, True)
        page = self.gateway.create_page(asked, PAGE_OPTIONS)
        waiting = order.await_payment(page.session_id, page.url, utc_now())
        assert self.orders.replace(order, waiting)
        assert self.standin.browser.post(page.url, data={"outcome": "paid"}).status_code == 303
        return order_id

    def kinds(self) -> set[str]:
        report = AuditOrdersHandler(
            orders=MongoOrderBook(self.orders),
            reservations=MysqlReservationBook(self.store),
            ledger=self.ledger,
            budget=timedelta(minutes=1),
            clock=lambda: utc_now() + LATER,
            telemetry=MemoryTelemetry(),
        )(AuditOrders(full=True))
        assert report.complete
        return {finding.kind for finding in report.findings}

    def reservations(self, sql: str, order_id: str) -> None:
        """Change the rows of a reservation by hand."""
        with connect_mysql(self.mysql_url) as connection, connection.cursor() as cursor:
            cursor.execute(sql, [order_id])
            connection.commit()


@pytest.fixture
def shop(collection: Collection[Document], mysql_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """A shop without orders, at a Stripe account without payments."""
    with running_standin(tmp_path / "stripe.db") as standin:
        shop = ServedShop(collection, mysql_url, standin)
        shop.reservations("DELETE FROM reservations WHERE order_id <> %s", "")
        yield shop
        shop.store.close()


@pytest.fixture
def paid(shop: ServedShop) -> str:
    """A paid order, whose payment was found by staff."""
    order_id = shop.place()
    assert shop.kinds() == {"payment_not_recorded"}
    [intent] = shop.ask("reconcile_order", order_id=order_id, by="ann").recorded
    assert shop.orders.get(order_id).status == "paid"
    assert intent.startswith("pi_")
    assert shop.kinds() == set()
    return order_id


def intent_of(shop: ServedShop, order_id: str) -> str:
    [payment] = shop.orders.get(order_id).payments
    return payment.key


def test_money_is_recorded_as_stripe_states_it(shop: ServedShop, paid: str) -> None:
    intent = intent_of(shop, paid)
    params: Any = {"payment_intent": intent, "amount": 100}
    refund = shop.standin.stripe.refunds.create(params)
    by_hand = {
        f"payments.{intent}.amount": 901,
        f"payments.{intent}.dispute": "won",
        f"payments.{intent}.refunds.re_9": {
            "refund_id": "re_9",
            "amount": 7,
            "status": "succeeded",
            "reason": "",
            "by": "stripe",
            "at": utc_now(),
        },
    }
    shop.collection.update_one({"_id": paid}, {"$set": by_hand})
    found = {"payment_differs", "refund_not_recorded", "refund_unknown_to_stripe"}
    assert shop.kinds() >= found | {"dispute_differs", "order_changed"}

    shop.ask("reconcile_order", order_id=paid, by="ann")
    shop.ask("repair_order", order_id=paid, **WHY)

    assert shop.kinds() == set()
    [payment] = shop.orders.get(paid).payments
    assert [each.refund_id for each in payment.refunds] == [refund.id]
    notes = shop.orders.get(paid).notes
    assert [note.command for note in notes][-2:] == ["reconcile_order", "repair_order"]
    assert {note.by for note in notes} == {"ann"}


def test_a_dispute_that_was_not_reported_is_recorded(shop: ServedShop, paid: str) -> None:
    charge = shop.standin.charge_of(intent_of(shop, paid)).id
    dispute = shop.standin.control("disputes", {"charge": charge})
    shop.standin.control(f"disputes/{dispute['id']}/close", {"status": "lost"})
    assert shop.kinds() == {"dispute_differs"}

    shop.ask("reconcile_order", order_id=paid, by="ann")

    assert shop.kinds() == set()
    assert shop.orders.get(paid).status == "refunded"


def test_an_order_without_its_reservation_is_cancelled(shop: ServedShop, paid: str) -> None:
    shop.reservations("DELETE FROM reservations WHERE order_id = %s", paid)
    assert shop.kinds() == {"order_without_reservation"}

    assert shop.ask("close_order", order_id=paid, **WHY).outcome == "refunded"

    assert shop.kinds() == set()


def test_an_order_that_was_deleted_leaves_no_finding(shop: ServedShop, paid: str) -> None:
    intent = intent_of(shop, paid)
    shop.collection.delete_one({"_id": paid})
    assert shop.kinds() == {"reservation_without_order", "payment_without_order"}

    shop.ask("settle_units", order_id=paid, **{"as": "returned"}, **WHY)
    kept = shop.ask("keep_payment", payment=intent, **WHY)

    assert (kept.amount, kept.refunded) == (900, 0)
    assert shop.kinds() == set()
    moved = shop.stock.movements(paid, "trace").movements
    assert [(m.kind, m.by, m.reason) for m in moved][-1] == ("returned", "ann", "Put right.")


def test_lines_that_were_changed_are_repaired(shop: ServedShop, paid: str) -> None:
    changed = {"lines.0.quantity": 3, "trace_id": 7}
    shop.collection.update_one({"_id": paid}, {"$set": changed})
    assert shop.kinds() == {"order_unreadable"}
    shop.collection.update_one({"_id": paid}, {"$set": {"trace_id": "trace"}})
    assert shop.kinds() >= {"order_changed", "lines_differ"}

    values = {"lines.0.quantity": 2}
    assert shop.ask("repair_order", order_id=paid, set=values, **WHY).outcome == "repaired"

    assert shop.kinds() == set()
