"""Findings about payments, and what commands about them keep on record."""

from datetime import datetime
from typing import Any

import pytest

from gorder.order.adapters.mongo_documents import Document
from gorder.order.errors import PaymentNotReconciled, RepairRefused
from gorder.runtime.clock import utc_now
from gorder.stock.model import ReservationState
from tests.compatibility.test_audited_orders import audited
from tests.integration.findings.test_endings import ANN, WHY, RepairedShop, reserved_as, shop

__all__ = ["shop"]

pytestmark = pytest.mark.servers


@pytest.fixture(autouse=True)
def no_unmatched_payments(shop: RepairedShop) -> Any:
    records = shop.collection.database["unmatched_payments"]
    records.delete_many({})
    yield records
    records.delete_many({})


def texts(shop: RepairedShop) -> list[str]:
    return [finding.text for finding in audited(shop.deployment, full=True)]


def refunded_history(shop: RepairedShop, at: datetime | dict[str, str]) -> list[Document]:
    order = shop.deployment.orders.get(shop.order_id)
    before: list[Document] = [
        {
            "status": change.status.value,
            "at": {"$date": change.at.isoformat()} if isinstance(at, dict) else change.at,
        }
        for change in order.history
    ]
    return [*before, {"status": "refunded", "at": at}]


def test_a_kept_payment_whose_order_is_back_is_found(shop: RepairedShop) -> None:
    shop.begin()
    document = shop.collection.find_one({"_id": shop.order_id})
    assert document
    shop.scenario.pay(shop.order_id)
    shop.collection.delete_one({"_id": shop.order_id})
    shop.ask("keep_payment", payment="pi_1", **WHY)
    shop.collection.insert_one(document)
    assert shop.kinds() == {"payment_not_recorded"}

    shop.reconcile()

    assert shop.kinds() == set()
    assert shop.deployment.orders.get(shop.order_id).status == "paid"


def test_an_order_that_ended_by_hand_with_its_payment_is_refunded(shop: RepairedShop) -> None:
    shop.pay()
    history = refunded_history(shop, utc_now())
    shop.by_hand({"status": "refunded", "history": history})
    assert "order_contradicts_itself" in shop.kinds()
    wrong = "it is refunded, and the shop still has 1650 eur of pi_1: gorder orders refund"
    assert wrong in texts(shop)
    with pytest.raises(RepairRefused, match="still has 1650 eur of pi_1: gorder orders refund"):
        shop.repair({})

    shop.ask("refund_order", order_id=shop.order_id, refunded_before=0, **WHY)
    shop.repair({})

    assert shop.kinds() == set()
    assert shop.deployment.orders.get(shop.order_id).revenue == 0


def test_a_repair_does_not_end_an_order_with_its_payment(shop: RepairedShop) -> None:
    shop.pay()
    at = {"$date": utc_now().isoformat()}

    with pytest.raises(RepairRefused, match="the shop still has 1650 eur of pi_1"):
        shop.repair({"status": "refunded", "history": refunded_history(shop, at)})


def test_a_refund_that_was_written_by_hand_is_made(shop: RepairedShop) -> None:
    shop.pay()
    at = utc_now()
    written = {"refund_id": "re_9", "amount": 1650, "status": "succeeded", "reason": "", "at": at}
    shop.by_hand(
        {
            "status": "refunded",
            "history": refunded_history(shop, at),
            "payments.pi_1.refunds": {"re_9": written | {"by": "stripe"}},
        }
    )
    assert "refund_unknown_to_stripe" in shop.kinds()

    assert shop.reconcile()["recorded"] == ["pi_1"]

    assert "refund_unknown_to_stripe" not in shop.kinds()
    shop.ask("refund_order", order_id=shop.order_id, refunded_before=0, **WHY)
    shop.repair({})
    assert shop.kinds() == set()
    assert len(shop.deployment.gateway.refunds) == 1


def test_a_failed_refund_keeps_the_customer(shop: RepairedShop) -> None:
    shop.pay()
    shop.cancel()
    shop.deployment.gateway.fail_refund("cs_1")
    shop.reconcile()
    assert shop.kinds() == set()

    left = shop.ask("forget_customer", customer_id="ann", **WHY)["left"]

    assert [each["text"] for each in left] == ["A refund has failed, and the shop has the money."]


def test_a_page_of_another_order_is_refused_in_words(shop: RepairedShop) -> None:
    shop.pay()
    first = shop.order_id
    shop.begin()
    shop.by_hand({"checkout.session_id": "cs_1"})

    for _ in range(2):
        with pytest.raises(
            PaymentNotReconciled, match=f"Page cs_1 is of order {first}: repair checkout.session_id"
        ):
            shop.reconcile()

    assert shop.deployment.orders.get(shop.order_id).notes == ()
    assert ANN["by"] not in {note.by for note in shop.deployment.orders.get(first).notes}


def test_units_and_events_that_staff_settle_are_on_record(shop: RepairedShop) -> None:
    shop.pay()
    shop.scenario.deliver("kitchen")
    shop.reconcile()
    assert shop.commands() == set()
    reserved_as(ReservationState.HELD)(shop)

    shop.reconcile()
    shop.reconcile()

    [note] = shop.deployment.orders.get(shop.order_id).notes
    assert (note.command, note.by) == ("reconcile_order", ANN["by"])
    assert note.text == "settled its units as cooking: they were held"


def test_events_that_staff_publish_are_on_record(shop: RepairedShop) -> None:
    shop.pay()
    event = {"event_id": "e", "event_type": "order.paid", "occurred_at": utc_now()}
    shop.by_hand({"outbox": [event]})

    shop.reconcile()
    shop.reconcile()

    [note] = shop.deployment.orders.get(shop.order_id).notes
    assert (note.by, note.text) == (ANN["by"], "published order.paid")


def lost_payment(shop: RepairedShop) -> None:
    """Lose a paid order, and let Ann keep its payment."""
    shop.pay()
    shop.collection.delete_one({"_id": shop.order_id})
    shop.ask("keep_payment", payment="pi_1", **WHY)
    shop.settle("returned")
    assert shop.kinds() == set()


def test_who_keeps_a_payment_first_stays_on_record(shop: RepairedShop) -> None:
    lost_payment(shop)
    for _ in range(2):
        shop.ask("keep_payment", payment="pi_1", reason="ok", by="bob")

    [listed] = shop.ask("list_unmatched_payments")["payments"]

    assert (listed["kept_by"], listed["kept_because"]) == (ANN["by"], WHY["reason"])
    assert listed["kept_again"] == [{"by": "bob", "reason": "ok"}]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"payment.amount": 1}, "the record has 1 eur, and Stripe has 1650 eur"),
        ({"payment.currency": "usd"}, "the record has 1650 usd, and Stripe has 1650 eur"),
        ({"found_at": "yesterday"}, "the record of the payment cannot be read"),
    ],
    ids=str,
)
def test_a_kept_payment_that_was_changed_by_hand_is_kept_again(
    shop: RepairedShop, no_unmatched_payments: Any, change: Document, text: str
) -> None:
    lost_payment(shop)
    no_unmatched_payments.update_one({"_id": "pi_1"}, {"$set": change})
    assert shop.kinds() == {"payment_without_order"}
    assert texts(shop) == [f"order {shop.order_id} is not stored, and {text}"]
    listed = shop.ask("list_unmatched_payments")
    assert len(listed["payments"]) + len(listed["unreadable"]) == 1

    shop.ask("keep_payment", payment="pi_1", **WHY)

    assert shop.kinds() == set()
    [listed_again] = shop.ask("list_unmatched_payments")["payments"]
    assert (listed_again["amount"], listed_again["kept_by"]) == (1650, ANN["by"])
