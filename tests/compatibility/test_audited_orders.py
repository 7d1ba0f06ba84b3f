"""The audit raises no false alarm: at no step of an order, and on documents of other releases."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from pymongo.collection import Collection

from gorder.contracts.audit import Finding
from gorder.order.adapters.mongo_audit import MongoOrderBook
from gorder.order.adapters.mongo_documents import Document, to_document, to_order
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.adapters.mongo_watch import watch_paid_orders
from gorder.runtime.clock import utc_now
from gorder.upkeep.audit_orders import AuditOrders, AuditOrdersHandler
from tests.compatibility.frozen import read, with_later_fields
from tests.fakes.audit import MemoryPaymentLedger, MemoryReservationBook
from tests.fakes.deployment import FakeDeployment
from tests.fakes.telemetry import MemoryTelemetry
from tests.unit.test_order_to_cooked import DeploymentScenario

pytestmark = pytest.mark.servers

FROZEN = read("orders.json")
LATER = timedelta(minutes=20)  # than changes under way, and not yet late


class MongoScenario(DeploymentScenario):
    """The requests of a customer and of Stripe, with the orders in MongoDB."""

    def __init__(self, deployment: FakeDeployment) -> None:
        self.deployment = deployment

    def make_page(self, order_id: str) -> str:
        session_id = self.deployment.orders.get(order_id).checkout.session_id
        assert session_id
        return session_id


def audited(deployment: FakeDeployment, *, full: bool = True) -> list[Finding]:
    """Run the audit twenty minutes later."""
    handler = AuditOrdersHandler(
        orders=MongoOrderBook(cast("MongoOrders", deployment.orders)),
        reservations=MemoryReservationBook(deployment.stock),
        ledger=MemoryPaymentLedger(deployment.gateway, utc_now()),
        budget=timedelta(minutes=1),
        clock=lambda: utc_now() + LATER,
        telemetry=MemoryTelemetry(),
    )
    report = handler(AuditOrders(full=full, keeps=not full))
    assert report.complete
    return list(report.findings)


def _begin(scenario: MongoScenario) -> str:
    return str(json.loads(scenario.post(("soup", 2), ("bread", 1))["body"])["order_id"])


def _paid(scenario: MongoScenario) -> str:
    order_id = _begin(scenario)
    scenario.deliver("payment_link")
    scenario.pay(order_id)
    scenario.report_payment(order_id, 1650)
    scenario.deliver("order_paid")
    return order_id


def test_no_step_of_an_order_is_found(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    scenario = MongoScenario(deployment)
    order_id = _begin(scenario)

    def pay() -> None:
        scenario.pay(order_id)
        scenario.report_payment(order_id, 1650)

    steps: list[Callable[[], object]] = [
        lambda: scenario.deliver("payment_link"),
        pay,
        lambda: scenario.deliver("order_paid"),
        lambda: scenario.deliver("kitchen"),
        scenario.elapse,
    ]
    found = {}
    for number, step in enumerate(steps):
        step()
        if number != 1:  # Stripe has the payment, and its webhook is under way
            found[number] = [*audited(deployment), *audited(deployment, full=False)]

    assert (collection.find_one({"_id": order_id}) or {})["status"] == "cooked"
    assert found == {0: [], 2: [], 3: [], 4: []}


@pytest.mark.parametrize("cooks", [False, True])
def test_a_closed_order_and_its_refund_are_not_found(
    deployment: FakeDeployment, *, cooks: bool
) -> None:
    scenario = MongoScenario(deployment)
    order_id = _paid(scenario)
    if cooks:
        scenario.deliver("kitchen")
    request = {"command": "close_order", "order_id": order_id, "reason": "no gas", "by": "ann"}

    assert deployment.call("back_office", request)["status"] == "refunded"

    assert audited(deployment) == []


def test_a_payment_that_no_order_records_is_found_until_it_is(deployment: FakeDeployment) -> None:
    scenario = MongoScenario(deployment)
    order_id = _begin(scenario)
    scenario.deliver("payment_link")
    scenario.pay(order_id)

    for full in (True, False):
        [found] = audited(deployment, full=full)
        assert (found.kind, found.subject) == ("payment_not_recorded", "payment pi_1")
    scenario.report_payment(order_id, 1650)
    scenario.deliver("order_paid")
    assert audited(deployment, full=False) == []


Change = Callable[[FakeDeployment, Collection[Document], str], object]


def _document(operators: Document) -> Change:
    return lambda _deployment, orders, order_id: orders.update_one({"_id": order_id}, operators)


def _delete(_deployment: FakeDeployment, orders: Collection[Document], order_id: str) -> None:
    orders.delete_one({"_id": order_id})


def _no_reservation(
    deployment: FakeDeployment, _orders: Collection[Document], order_id: str
) -> None:
    del deployment.stock.kept.reserved[order_id]


def _refunded(deployment: FakeDeployment, _orders: Collection[Document], _order_id: str) -> None:
    deployment.gateway.give_back("cs_1", 100)


def _disputed(deployment: FakeDeployment, _orders: Collection[Document], _order_id: str) -> None:
    deployment.gateway.dispute("cs_1", "lost", 100)


def _gone(deployment: FakeDeployment, _orders: Collection[Document], _order_id: str) -> None:
    deployment.gateway.ended.clear()


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (_document({"$set": {"payments.pi_1.amount": 1}}), {"order_changed", "payment_differs"}),
        (_document({"$set": {"lines.0.quantity": 3}}), {"order_changed", "lines_differ"}),
        (_document({"$set": {"checkout": None}}), {"order_unreadable"}),
        (_document({"$set": {"status": "expired"}}), {"order_changed", "states_differ"}),
        (_delete, {"reservation_without_order", "payment_without_order"}),
        (_no_reservation, {"order_without_reservation"}),
        (_refunded, {"refund_not_recorded"}),
        (_disputed, {"dispute_differs"}),
        (_gone, {"payment_unknown_to_stripe"}),
    ],
    ids=[
        "amount",
        "lines",
        "unreadable",
        "status",
        "deleted",
        "units",
        "refund",
        "dispute",
        "gone",
    ],
)
@pytest.mark.parametrize("full", [True, False])
def test_what_is_changed_in_one_store_is_found(
    deployment: FakeDeployment,
    collection: Collection[Document],
    change: Change,
    kinds: set[str],
    *,
    full: bool,
) -> None:
    order_id = _paid(MongoScenario(deployment))
    assert audited(deployment) == []

    change(deployment, collection, order_id)

    first, again = audited(deployment, full=full), audited(deployment, full=full)
    assert kinds <= {finding.kind for finding in first}
    assert set(again) >= set(first)
    assert all(order_id in f.subject or f.subject == "payment pi_1" for f in first)


@pytest.mark.parametrize("name", FROZEN)
def test_documents_of_other_releases_do_not_contradict_themselves(
    collection: Collection[Document], name: str
) -> None:
    book = MongoOrderBook(MongoOrders(lambda: collection))
    collection.insert_one(FROZEN[name])
    collection.insert_one(with_later_fields(FROZEN[name]) | {"_id": "later"})
    sealed = to_document(to_order(FROZEN[name] | {"_id": "sealed"}))
    payments = {key: with_later_fields(value) for key, value in sealed["payments"].items()}
    for payment in payments.values():
        payment["refunds"] = {}
    collection.insert_one(with_later_fields(sealed) | {"payments": payments})
    watch_paid_orders(collection)

    page = book.page("", 10)

    assert (page.count, page.findings) == (3, ())


def test_a_write_of_release_0_1_on_a_sealed_order_is_not_found(
    collection: Collection[Document],
) -> None:
    document = to_document(to_order(FROZEN["paid"]))
    collection.insert_one(document)
    collection.update_one(
        {"_id": document["_id"]},
        {
            "$set": {"status": "cooked"},
            "$inc": {"version": 1},
            "$push": {"history": {"status": "cooked", "at": utc_now()}},
        },
    )
    orders = MongoOrders(lambda: collection)
    orders.get(document["_id"])

    page = MongoOrderBook(orders).page("", 10)

    assert (page.count, page.findings) == (1, ())
