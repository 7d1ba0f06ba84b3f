"""Each finding about orders and money is made by hand, found, and ended by commands alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo.collection import Collection

from gorder.order.adapters.mongo_documents import Document
from gorder.order.adapters.mongo_kept_repairs import REPAIRS
from gorder.order.errors import PaymentNotReconciled
from gorder.runtime.clock import utc_now
from gorder.stock.model import ReservationState
from gorder.stock.refusals import RepairRefusal
from tests.compatibility.test_audited_orders import MongoScenario, audited
from tests.fakes.deployment import FakeDeployment
from tests.fakes.stock_ledger import full_audit

pytestmark = pytest.mark.servers

ANN = {"by": "ann@example.com"}
WHY = ANN | {"reason": "Put right."}


@dataclass
class RepairedShop:
    """A paid order, and what a test does to it by hand and with commands."""

    deployment: FakeDeployment
    collection: Collection[Document]
    order_id: str = ""

    @property
    def scenario(self) -> MongoScenario:
        return MongoScenario(self.deployment)

    def begin(self) -> None:
        body = self.scenario.post(("soup", 2), ("bread", 1))["body"]
        self.order_id = body.split('"order_id":"')[1].split('"')[0]
        self.scenario.deliver("payment_link")

    def pay(self) -> None:
        self.begin()
        self.scenario.pay(self.order_id)
        self.scenario.report_payment(self.order_id, 1650)
        self.scenario.deliver("order_paid")

    def by_hand(self, values: Document, *removed: str) -> None:
        change: Document = {"$set": values} if values else {}
        change |= {"$unset": dict.fromkeys(removed, "")} if removed else {}
        self.collection.update_one({"_id": self.order_id}, change)

    def ask(self, command: str, **fields: object) -> dict[str, Any]:
        return self.deployment.call("back_office", {"command": command} | fields)

    def repair(self, values: Document, *removed: str) -> None:
        asked = {"order_id": self.order_id, "set": values, "unset": removed}
        assert self.ask("repair_order", **asked, **WHY)["outcome"] == "repaired"

    def reconcile(self, **fields: object) -> dict[str, Any]:
        return self.ask("reconcile_order", order_id=self.order_id, **ANN, **fields)

    def cancel(self) -> None:
        self.ask("close_order", order_id=self.order_id, **WHY)

    def settle(self, units: str) -> None:
        self.ask("settle_units", **{"as": units}, order_id=self.order_id, **WHY)

    def kinds(self) -> set[str]:
        found = audited(self.deployment, full=True), audited(self.deployment, full=False)
        return {finding.kind for findings in found for finding in findings}

    def commands(self) -> set[str]:
        """Return the commands of the order's notes that Ann gave."""
        order = self.deployment.orders.get(self.order_id)
        return {note.command for note in order.notes if note.by == ANN["by"]}


@pytest.fixture
def shop(deployment: FakeDeployment, collection: Collection[Document]) -> RepairedShop:
    collection.database[REPAIRS].delete_many({})
    collection.database["audits"].delete_many({})
    return RepairedShop(deployment, collection)


type Act = Callable[[RepairedShop], object]


def hand(values: Document, *removed: str) -> Act:
    return lambda shop: shop.by_hand(values, *removed)


def repaired(values: Document, *removed: str) -> Act:
    return lambda shop: shop.repair(values, *removed)


def reconciled(shop: RepairedShop) -> None:
    assert shop.reconcile()["recorded"] == ["pi_1"]


def unreserved(shop: RepairedShop) -> None:
    del shop.deployment.stock.kept.reserved[shop.order_id]


def reserved_as(state: ReservationState) -> Act:
    def change(shop: RepairedShop) -> None:
        kept = shop.deployment.stock.kept.reserved
        kept[shop.order_id] = replace(kept[shop.order_id], state=state)

    return change


def reserved_at_another(**values: Any) -> Act:
    """Change the name, or fields of the price, of the soup's line in the reservation."""

    def change(shop: RepairedShop) -> None:
        kept = shop.deployment.stock.kept.reserved
        [soup] = [line for line in kept[shop.order_id].lines if line.product_id == "soup"]
        others = tuple(line for line in kept[shop.order_id].lines if line is not soup)
        wrong: Any = values if "name" in values else {"price": replace(soup.price, **values)}
        lines = (*others, replace(soup, **wrong))
        kept[shop.order_id] = replace(kept[shop.order_id], lines=lines)

    return change


def lost(shop: RepairedShop) -> None:
    """Delete the reservation and the movements, which are in no sum of the stock then."""
    unreserved(shop)
    del shop.deployment.stock.kept.moved[shop.order_id]


def kept_order(state: str | None = None) -> Act:
    def end(shop: RepairedShop) -> None:
        asked = {"repair_id": uuid4().hex, "order_id": shop.order_id, "keep": "order"}
        answer = shop.ask("repair_stock_order", **asked, state=state, **WHY)
        assert answer["repaired"]
        assert answer["left"] == []
        assert full_audit(shop.deployment.stock) == []

    return end


def forgotten_refund(shop: RepairedShop) -> None:
    shop.deployment.gateway.give_back("cs_1", 100)


def forgotten_dispute(shop: RepairedShop) -> None:
    shop.deployment.gateway.dispute("cs_1", "won")


def gone_at_stripe(shop: RepairedShop) -> None:
    shop.deployment.gateway.ended.clear()


CURRENCY: Document = {"currency": "eur"}
CUSTOMER: Document = {"customer_id": "ann"}
QUANTITY: Document = {"lines.0.quantity": 2}
REFUND = {"refund_id": "re_9", "amount": 5, "status": "succeeded", "reason": "", "by": "stripe"}
CASH = {"session_id": "cash-1", "payment_intent_id": None, "amount": 1650, "currency": "eur"}
IN_CASH: Document = {"payments.cash-1": CASH, "payment": None}

ENDINGS: list[tuple[str, Act, Act, str]] = [
    ("order_changed", hand({"checkout.attempt": 7}), repaired({}), "repair_order"),
    ("order_changed", hand({"trace_id": "x"}), repaired({"trace_id": "1-2-3"}), "repair_order"),
    (
        "order_unreadable",
        hand({"customer_id": 7}),
        repaired(CUSTOMER),
        "repair_order",
    ),
    ("order_unreadable", hand({}, "trace_id"), repaired({"trace_id": "t"}), "repair_order"),
    (
        "order_contradicts_itself",
        hand({"currency": "?"}),
        repaired(CURRENCY),
        "repair_order",
    ),
    ("order_contradicts_itself", hand({"amount_total": 1}), repaired({}), "repair_order"),
    ("order_late", hand({"watch_at": utc_now() - timedelta(days=9)}), repaired({}), "repair_order"),
    (
        "lines_differ",
        hand({"lines.0.quantity": 3}),
        repaired(QUANTITY),
        "repair_order",
    ),
    ("lines_differ", reserved_at_another(name="Soup of yesterday"), kept_order(), ""),
    ("lines_differ", reserved_at_another(unit_amount=1), kept_order(), ""),
    ("lines_differ", reserved_at_another(currency="usd"), kept_order(), ""),
    ("lines_differ", reserved_at_another(price_id="price_9"), kept_order(), ""),
    ("order_without_reservation", unreserved, RepairedShop.cancel, "close_order"),
    ("order_without_reservation", unreserved, kept_order("confirmed"), ""),
    ("order_without_reservation", lost, kept_order("confirmed"), ""),
    ("states_differ", reserved_as(ReservationState.HELD), RepairedShop.reconcile, ""),
    ("states_differ", reserved_as(ReservationState.RETURNED), RepairedShop.cancel, "close_order"),
    ("payment_differs", hand({"payments.pi_1.amount": 1}), reconciled, "reconcile_order"),
    ("refund_not_recorded", forgotten_refund, reconciled, "reconcile_order"),
    (
        "refund_unknown_to_stripe",
        hand({"payments.pi_1.refunds.re_9": REFUND | {"at": utc_now()}}),
        reconciled,
        "reconcile_order",
    ),
    ("dispute_differs", forgotten_dispute, reconciled, "reconcile_order"),
    ("dispute_differs", hand({"payments.pi_1.dispute": "lost"}), reconciled, "reconcile_order"),
    (
        "payment_unknown_to_stripe",
        gone_at_stripe,
        repaired(IN_CASH, "payments.pi_1"),
        "repair_order",
    ),
]


@pytest.mark.parametrize(
    ("kind", "change", "end", "command"),
    ENDINGS,
    ids=[f"{kind}-{number}" for number, (kind, *_) in enumerate(ENDINGS)],
)
def test_a_finding_about_a_paid_order_is_ended(
    shop: RepairedShop, kind: str, change: Act, end: Act, command: str
) -> None:
    shop.pay()
    assert shop.kinds() == set()
    change(shop)
    assert kind in shop.kinds()

    end(shop)
    if "order_changed" in shop.kinds():
        shop.repair({})

    assert shop.kinds() == set()
    assert {command} - {""} <= shop.commands()
    if command == "repair_order":
        assert shop.collection.database[REPAIRS].count_documents({"order_id": shop.order_id})


def test_a_payment_that_is_not_recorded_is_ended(shop: RepairedShop) -> None:
    shop.begin()
    shop.scenario.pay(shop.order_id)
    assert shop.kinds() == {"payment_not_recorded"}

    reconciled(shop)

    assert shop.kinds() == set()
    assert shop.deployment.orders.get(shop.order_id).status == "paid"
    assert shop.commands() == {"reconcile_order"}
    assert shop.reconcile()["recorded"] == []


def test_a_payment_whose_order_is_not_stored_is_kept(shop: RepairedShop) -> None:
    shop.pay()
    with pytest.raises(PaymentNotReconciled, match="The order of payment pi_1 is stored"):
        shop.ask("keep_payment", payment="pi_1", **WHY)
    shop.collection.delete_one({"_id": shop.order_id})
    assert shop.kinds() == {"payment_without_order", "reservation_without_order"}

    kept = shop.ask("keep_payment", payment="pi_1", **WHY)
    shop.settle("returned")

    assert (kept["amount"], kept["refunded"]) == (1650, 0)
    assert "refund it in Stripe's dashboard" in kept["text"]
    assert shop.kinds() == set()
    shop.deployment.gateway.give_back("cs_1", 1650)
    assert shop.ask("keep_payment", payment="pi_1", **WHY)["refunded"] == 1650
    [listed] = shop.ask("list_unmatched_payments")["payments"]
    assert (listed["kept_by"], listed["kept_because"]) == (ANN["by"], "Put right.")
    assert shop.kinds() == set()
    shop.collection.database["unmatched_payments"].delete_many({})


@pytest.mark.parametrize("units", ["returned", "wasted"])
def test_units_without_an_order_are_settled(shop: RepairedShop, units: str) -> None:
    shop.begin()
    shop.deployment.stock.kept.reserved[shop.order_id] = replace(
        shop.deployment.stock.kept.reserved[shop.order_id], expires_at=utc_now()
    )
    shop.collection.delete_one({"_id": shop.order_id})
    assert shop.kinds() == {"reservation_without_order"}

    shop.settle(units)

    assert shop.kinds() == set()


def test_an_order_that_is_late_is_cancelled(shop: RepairedShop) -> None:
    shop.begin()
    shop.by_hand({"checkout.expires_at": utc_now() - timedelta(hours=1)})
    assert shop.kinds() == {"order_changed", "order_late"}

    shop.cancel()
    shop.repair({})

    assert shop.kinds() == set()
    assert shop.commands() == {"close_order", "repair_order"}


@pytest.mark.parametrize("change", [lost, reserved_as(ReservationState.RETURNED)])
def test_an_order_that_was_eaten_gets_its_units_back_without_a_refund(
    shop: RepairedShop, change: Act
) -> None:
    shop.pay()
    shop.scenario.deliver("kitchen")
    shop.scenario.elapse()
    before = dict(shop.deployment.stock.kept.stock)
    change(shop)
    assert shop.kinds() & {"order_without_reservation", "states_differ"}

    kept_order("confirmed")(shop)

    assert shop.kinds() == set()
    assert shop.deployment.stock.kept.stock == before
    assert shop.deployment.gateway.refunds == {}
    assert shop.deployment.orders.get(shop.order_id).status == "cooked"


def test_a_price_before_a_repair_is_on_record(shop: RepairedShop) -> None:
    shop.pay()
    reserved_at_another(unit_amount=1)(shop)

    kept_order()(shop)

    [kept] = shop.ask("list_stock_repairs")["repairs"]
    prices = [[each["unit_amount"] for each in kept[side]["named"]] for side in ("before", "after")]
    assert prices[0] == [1]
    assert prices[1] not in ([], [1])
    assert kept["before"]["lines"] == kept["after"]["lines"]


def test_an_order_that_is_not_stored_has_no_lines_to_keep(shop: RepairedShop) -> None:
    shop.pay()
    shop.collection.delete_one({"_id": shop.order_id})

    with pytest.raises(RepairRefusal, match="is not stored"):
        kept_order("confirmed")(shop)
