"""Round trips of a warm function, counted at the clients of the SDKs."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from bson.codec_options import CodecOptions

from gorder.bootstrap import (
    cancel_order,
    create_order,
    get_menu,
    get_order,
    kitchen,
    order_paid,
    refund,
    sweep,
)
from gorder.contracts.bus import Topic
from gorder.contracts.stock import ListMenuRequest
from gorder.kitchen.adapters.sqs_timer import SqsTimer
from gorder.kitchen.commands.start_cooking import StartCooking
from gorder.kitchen.model import CookingTime
from gorder.order.access_token import Scope
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.commands.create_order import CreateOrder
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.refund_payments import RefundPayments
from gorder.order.idempotency import IdempotencyKey
from gorder.order.model import Order
from gorder.order.queries.get_order import GetOrder
from gorder.payment.commands.find_missed_webhooks import FindMissedWebhooks
from gorder.payment.model import DueRefund, PageOrder, PagePayment, PageReport, PageState
from gorder.runtime.clock import utc_now
from gorder.runtime.sns import SnsPublisher
from tests.fakes.examples import (
    ADDRESS,
    CREATED,
    CUSTOMER_ID,
    ORDER_ID,
    ORDER_LIMITS,
    SESSION_ID,
    TRACE_ID,
    paid,
    payment,
    pending,
    waiting,
    wanted,
)
from tests.fakes.keys import CLIENTS, ORDER_IDS, TOKENS, idempotency_key
from tests.fakes.stripe_events import MemoryStripeEvents
from tests.fakes.webhooks import session
from tests.samples import refund_due

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from pymongo.collection import Collection

    from gorder.payment.ports import PaymentGateway


COMPLETED = "checkout.session.completed"


class Network:
    """The clients of MongoDB, Lambda, SNS, SQS and Stripe. Each call on one is a round trip."""

    def __init__(self) -> None:
        self.trips: list[str] = []
        self._documents: dict[str, Document] = {}
        self.orders = MongoOrders(lambda: cast("Collection[Document]", self))
        self.stock = LambdaStock(cast("LambdaClient", self), "stock_check")
        self.topic = SnsPublisher(cast("SNSClient", self), dict.fromkeys(Topic, "topic"))
        self.gateway = cast("PaymentGateway", self)
        self.timer = SqsTimer(cast("SQSClient", self), "queue", utc_now)

    def insert_one(self, document: Document) -> None:
        self.trips.append("insert")
        self._documents[document["_id"]] = document

    def find_one(self, wanted: Document, _fields: object = None) -> Document | None:
        self.trips.append("find")
        return self._documents.get(wanted["_id"])

    def update_one(self, _wanted: Document, _change: Document) -> SimpleNamespace:
        self.trips.append("update")
        return SimpleNamespace(matched_count=1)

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.trips.append("invoke")
        answer = _answer(json.loads(request["Payload"]))
        return {"Payload": BytesIO(json.dumps(answer).encode())}

    def publish(self, **_event: Any) -> None:
        self.trips.append("publish")

    def expire_page(self, session_id: str) -> PageReport:
        assert session_id
        self.trips.append("stripe")
        return PageReport(PageState.EXPIRED)

    def page(self, session_id: str) -> PageReport:
        self.trips.append("stripe")
        made = payment()
        stated = PagePayment(
            ORDER_ID, TRACE_ID, session_id, made.payment_intent_id, made.amount, made.currency
        )
        return PageReport(PageState.PAID, stated)

    def page_of(self, payment_intent_id: str) -> PageOrder:
        assert payment_intent_id
        self.trips.append("stripe")
        return PageOrder(SESSION_ID, ORDER_ID)

    def refund(self, due: DueRefund) -> None:
        assert due.amount
        self.trips.append("stripe")

    codec_options: CodecOptions[Document] = CodecOptions()

    @property
    def database(self) -> Self:
        return self

    def get_collection(self, _name: str, _options: object) -> Self:
        return self

    def find_one_and_update(self, *_wanted: Document, **_how: object) -> Document:
        self.trips.append("update")
        return {"drawn": 1}

    def with_options(self, _options: object) -> Self:
        return self

    def find(self, wanted: Document, _fields: object) -> SimpleNamespace:
        self.trips.append("find many")
        found = [self._documents[each] for each in wanted["_id"]["$in"]]
        return SimpleNamespace(to_list=lambda: found)

    def send_message(self, **_message: Any) -> None:
        self.trips.append("send")


_SETTLED = {
    "confirm": "confirmed",
    "release": "released",
    "return": "returned",
    "write_off": "wasted",
}


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stock service's answer: it grants every request."""
    if request["operation"] == "menu":
        return {"products": []}
    if settled := _SETTLED.get(request["operation"]):
        return {"outcome": {"outcome": settled, "order_id": request["order_id"]}}
    [hold] = request["holds"]
    lines = [
        line | {"name": "Soup", "unit_amount": 700, "currency": "eur", "price_id": "price_soup"}
        for line in hold["lines"]
    ]
    return {"outcomes": [{"outcome": "reserved", "order_id": hold["order_id"], "lines": lines}]}


@pytest.mark.parametrize("key", [None, idempotency_key()], ids=["without key", "with key"])
@pytest.mark.parametrize("products", [1, 50])
def test_placing_an_order_takes_three_round_trips(
    products: int, key: IdempotencyKey | None
) -> None:
    network = Network()
    place = create_order.build(
        *(network.orders, network.stock, network.topic, TOKENS, ORDER_IDS),
        *(CLIENTS, ORDER_LIMITS, timedelta(minutes=31)),
    )

    lines = wanted(*((f"p{n}", 1) for n in range(products)))
    place(CreateOrder("ann", lines, TRACE_ID, ADDRESS, key))

    assert network.trips == ["invoke", "insert", "publish"]


def test_reading_the_menu_takes_one() -> None:
    network = Network()

    get_menu.build(network.stock)(ListMenuRequest(trace_id=TRACE_ID))

    assert network.trips == ["invoke"]


def test_reading_an_order_takes_one() -> None:
    network = Network()
    network.insert_one(to_document(waiting()))
    network.trips.clear()
    token = TOKENS.issue(Scope, CUSTOMER_ID, ORDER_ID, utc_now())

    get_order.build(network.orders, TOKENS)(GetOrder(CUSTOMER_ID, ORDER_ID, token))

    assert network.trips == ["find"]


def test_recording_a_payment_takes_seven() -> None:
    network = Network()
    network.insert_one(to_document(waiting()))
    network.trips.clear()

    mark = order_paid.build(network.orders, network.gateway, network.stock, network.topic)
    mark(ReconcilePayment(ORDER_ID, SESSION_ID, reported=payment()))

    assert network.trips == [
        "find",
        "stripe",
        "invoke",
        "update",  # of the counter of orders
        "update",
        "publish",
        "update",
    ]


def test_a_repeated_payment_takes_three() -> None:
    network = Network()
    network.insert_one(to_document(paid()))
    network.trips.clear()

    mark = order_paid.build(network.orders, network.gateway, network.stock, network.topic)
    mark(ReconcilePayment(ORDER_ID, SESSION_ID, reported=payment()))

    assert network.trips == ["find", "stripe", "invoke"]


def test_a_report_of_a_payment_without_its_order_takes_four() -> None:
    network = Network()
    network.insert_one(to_document(paid()))
    network.trips.clear()

    reconcile = order_paid.build(network.orders, network.gateway, network.stock, network.topic)
    reconcile(ReconcilePayment(None, payment_intent_id="pi_1"))

    assert network.trips == ["stripe", "find", "stripe", "invoke"]


def test_a_refund_takes_nine() -> None:
    network = Network()
    network.insert_one(to_document(refund_due()))
    network.trips.clear()

    make = refund.build(network.orders, network.gateway, network.stock, network.topic)
    make(RefundPayments(ORDER_ID))

    asked_before_and_after = 2 * ["find", "stripe", "invoke"]
    assert sorted(network.trips) == sorted(["find", "find", "stripe", *asked_before_and_after])


@pytest.mark.parametrize(
    ("order", "trips"),
    [
        (
            pending().delivered([CREATED.event_id]),
            ["find", "update", "invoke", "publish", "update"],
        ),
        (waiting(), ["find", "stripe", "find", "update", "invoke", "publish", "update"]),
    ],
    ids=["without a page", "with a page"],
)
def test_cancelling_takes_five_or_with_a_page_seven(order: Order, trips: list[str]) -> None:
    network = Network()
    network.insert_one(to_document(order))
    network.trips.clear()
    token = TOKENS.issue(Scope, CUSTOMER_ID, ORDER_ID, utc_now())

    cancel = cancel_order.build(
        network.orders, network.stock, network.gateway, network.topic, TOKENS
    )
    cancel(CancelOrder(CUSTOMER_ID, ORDER_ID, token))

    assert network.trips == trips


@pytest.mark.parametrize(
    ("payments", "trips"), [(0, []), (1, ["find many", "publish"]), (9, ["find many", "publish"])]
)
def test_asking_for_missed_webhooks_takes_two_lists_and_one_read(
    payments: int, trips: list[str]
) -> None:
    """The test of the adapter counts a list's requests: one for each hundred events."""
    network = Network()
    network.insert_one(to_document(waiting()))
    others = replace(paid(), order_id="another-order")
    network.insert_one(to_document(others))
    network.trips.clear()
    events = MemoryStripeEvents()
    for number in range(payments):
        order_id = others.order_id if number else ORDER_ID
        thing = session(metadata={"order_id": order_id})
        events.add(utc_now() - timedelta(minutes=2), COMPLETED, thing, delivered=True)
    find = sweep.build(network.orders, network.stock, network.gateway, network.topic, events)

    find.find_missed(FindMissedWebhooks(TRACE_ID))

    assert events.faults.calls == ["stripe_events.undelivered", "stripe_events.about_money"]
    assert network.trips == trips


@pytest.mark.parametrize("give_back", [LambdaStock.return_units, LambdaStock.write_off])
def test_giving_units_back_takes_one(give_back: "Callable[[LambdaStock, str, str], None]") -> None:
    network = Network()

    give_back(network.stock, ORDER_ID, TRACE_ID)

    assert network.trips == ["invoke"]


def test_starting_to_cook_takes_three() -> None:
    network = Network()
    network.insert_one(to_document(paid()))
    network.trips.clear()
    cook = kitchen.build(network.orders, network.topic, network.timer, CookingTime(5))

    cook.start(StartCooking(ORDER_ID, TRACE_ID))

    assert network.trips == ["find", "update", "send"]
