"""A message of each queue fails for a real cause, is listed with reason and money, and moved back.

A second move changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.by_hand import change_order
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.queues import paused
from tests.e2e.test_back_office_orders import BY, office
from tests.e2e.test_cancel_and_sweep import cancel
from tests.e2e.test_catalogue import menu_item
from tests.e2e.test_the_way_back import (
    PRICE,
    pay_on_another_page,
    refunds_at_stripe,
    stripe_client,
    wait_for_refund,
    waiting,
)

pytestmark = pytest.mark.servers

type Letter = dict[str, Any]

COOKED = ["pending", "waiting_for_payment", "paid", "cooking", "cooked"]


QUEUES = ("PaymentLink", "OrderPaid", "Refund", "Kitchen", "Catalogue")


def dead_letter_queue(shop: ShopClient, name: str) -> str:
    url: str = shop.output(f"{name}DeadLetterQueueUrl")
    return url


@pytest.fixture(scope="module", autouse=True)
def _no_other_letters_and_no_faults_afterwards(shop: ShopClient) -> Iterator[None]:
    for name in QUEUES:
        shop.aws("sqs").purge_queue(QueueUrl=dead_letter_queue(shop, name))
    yield
    shop.clear_faults()


def has_letters(shop: ShopClient, queue: str) -> bool:
    """Ask SQS, which is faster than a list: that one reads the log."""
    name = queue.title().replace("_", "")
    found = shop.aws("sqs").get_queue_attributes(
        QueueUrl=dead_letter_queue(shop, name), AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"]) > 0


def refuse(shop: ShopClient, method: str, path: str) -> None:
    """Let Stripe be unavailable for a kind of request."""
    shop.control("faults", method=method, path=path, status=503, times=1000)


def letters(shop: ShopClient, queue: str, **about: str) -> list[Letter]:
    """Wait for the letters about an order or a product, and return them."""
    found: list[Letter] = []

    def listed() -> bool:
        if not has_letters(shop, queue):
            return False
        rows = office(shop, "list_dead_letters", queue=queue)["letters"]
        found[:] = [row for row in rows if row.items() >= about.items()]
        return bool(found)

    wait_until(listed, lambda: f"no letter about {about} is in {queue}")
    return found


def letter(shop: ShopClient, queue: str, placed: CustomerOrder) -> Letter:
    [found] = letters(shop, queue, order_id=placed.order_id)
    return found


def move(shop: ShopClient, found: Letter) -> dict[str, Any]:
    return office(
        shop,
        "redrive_dead_letters",
        queue=found["queue"],
        message_id=found["message_id"],
        by=BY,
    )


def move_twice(shop: ShopClient, found: Letter) -> None:
    """Move a letter back; a second request finds nothing to move."""
    first, again = move(shop, found), move(shop, found)

    assert (first["outcome"], first["count"]) == ("moved", 1)
    assert (again["outcome"], again["count"]) == ("not_found", 0)


def at_stake(found: Letter) -> tuple[int | None, str | None]:
    return found["at_stake"]["amount"], found["at_stake"]["currency"]


@dataclass(frozen=True)
class FailedMessage:
    """An order of a product whose message has failed, and the letter about it."""

    product: str
    placed: CustomerOrder
    letter: Letter


@dataclass(frozen=True)
class FailedMessages:
    """A failure of each queue. The causes have ended, except that one order is still damaged."""

    page: FailedMessage
    payment: FailedMessage
    refund: FailedMessage
    refunded_payment: str
    damaged: FailedMessage
    renamed_product: str
    renamed: list[Letter]


@pytest.fixture(scope="module")
def failures(shop: ShopClient) -> FailedMessages:
    """Let a message of each queue fail. Their attempts, with pauses, go on at the same time."""
    new, paid, ended, damaged = (shop.stock_a_product(units) for units in (3, 3, 1, 3))
    renamed = shop.stock_a_product(units=2)
    (payment, page), (refund, _), (broken, broken_page) = (
        waiting(shop, product) for product in (paid, ended, damaged)
    )
    assert cancel(shop, refund).status_code == 200
    refuse(shop, "POST", "/v1/refunds$")
    intent = pay_on_another_page(shop, refund)
    session = shop.session_of(payment.order_id)["id"]
    refuse(shop, "GET", f"/v1/checkout/sessions/{session}")
    shop.pay(page)
    refuse(shop, "GET", f"/v1/products/{renamed}")
    stripe_client(shop).v1.products.update(renamed, {"name": "Soup of the day"})
    damage(shop, broken, broken_page)
    refuse(shop, "POST", "/v1/checkout/sessions$")
    placed = shop.place((new, 1))

    found = FailedMessages(
        page=FailedMessage(new, placed, letter(shop, "payment_link", placed)),
        payment=FailedMessage(paid, payment, letter(shop, "order_paid", payment)),
        refund=FailedMessage(ended, refund, letter(shop, "refund", refund)),
        refunded_payment=intent,
        damaged=FailedMessage(damaged, broken, letter(shop, "kitchen", broken)),
        renamed_product=renamed,
        renamed=letters(shop, "catalogue", product_id=renamed),
    )
    shop.clear_faults()
    return found


def damage(shop: ShopClient, placed: CustomerOrder, page: str) -> None:
    """Pay an order, and damage its document by hand before the kitchen reads it."""
    with paused(shop, "kitchen"):
        shop.pay(page)
        shop.wait(placed, "paid")
        change_order(shop, placed, {"customer_id": 7})


def test_a_page_that_could_not_be_made_is_made(shop: ShopClient, failures: FailedMessages) -> None:
    placed, found = failures.page.placed, failures.page.letter
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == ("order.created", "pending")
    assert at_stake(found) == (0, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    assert shop.wait(placed, "waiting_for_payment")["payment_link"]
    sessions = shop.stripe_list("checkout/sessions")
    assert len([s for s in sessions if s["client_reference_id"] == placed.order_id]) == 1


def test_a_payment_that_could_not_be_read_is_recorded_and_cooked_once(
    shop: ShopClient, failures: FailedMessages
) -> None:
    placed, found = failures.payment.placed, failures.payment.letter
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == (
        *("payment.succeeded", "waiting_for_payment"),
    )
    assert at_stake(found) == (PRICE, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    assert statuses(shop.wait(placed, "cooked")) == COOKED
    assert shop.units(failures.payment.product) == {"on_hand": 2, "held": 0}


def test_a_refund_that_could_not_be_made_is_made_once(
    shop: ShopClient, failures: FailedMessages
) -> None:
    placed, found = failures.refund.placed, failures.refund.letter
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == ("order.refund_due", "cancelled")
    assert at_stake(found) == (PRICE, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    wait_for_refund(shop, placed, status="succeeded", reason="order_cancelled")
    assert refunds_at_stripe(shop, failures.refunded_payment) == [PRICE]


def test_an_order_that_could_not_be_read_is_cooked_once(
    shop: ShopClient, failures: FailedMessages
) -> None:
    """The defect has a stack trace."""
    placed, damaged = failures.damaged.placed, failures.damaged.letter
    shown = office(shop, "show_dead_letter", queue="kitchen", message_id=damaged["message_id"])
    change_order(shop, placed, {"customer_id": placed.customer_id})
    found = letter(shop, "kitchen", placed)
    move_twice(shop, found)

    assert at_stake(damaged) == (None, None)
    assert "The order cannot be read (order_unreadable)" in damaged["at_stake"]["text"]
    assert (found["event_type"], found["order_status"]) == ("order.paid", "paid")
    assert at_stake(found) == (PRICE, "eur")
    assert found["reason"].startswith("order_unreadable: ")
    assert "OrderUnreadableError" in shown["stack"]
    assert placed.order_id in shown["body"]
    assert shown["attributes"]["event_type"] == "order.paid"
    assert statuses(shop.wait(placed, "cooked")) == COOKED
    assert shop.units(failures.damaged.product) == {"on_hand": 2, "held": 0}


def test_a_product_that_could_not_be_read_is_copied(
    shop: ShopClient, failures: FailedMessages
) -> None:
    found, product = failures.renamed, failures.renamed_product
    for each in found:
        move_twice(shop, each)

    assert {each["event_type"] for each in found} == {"catalogue.changed"}
    assert {at_stake(each) for each in found} == {(None, None)}
    assert found[0]["reason"].startswith("catalogue_source: ")
    wait_until(
        lambda: (menu_item(shop, product) or {}).get("name") == "Soup of the day",
        lambda: f"the menu has {menu_item(shop, product)}",
    )


def test_a_message_that_is_no_event_is_listed_and_dropped_once(shop: ShopClient) -> None:
    sent = shop.aws("sqs").send_message(
        QueueUrl=shop.output("RefundQueueUrl"), MessageBody="[not an event"
    )
    [found] = letters(shop, "refund", message_id=sent["MessageId"])
    one = {"queue": "refund", "message_id": sent["MessageId"], "reason": "It is no event."}

    planned = office(shop, "drop_dead_letters", by=BY, dry_run=True, **one)
    first = office(shop, "drop_dead_letters", by=BY, **one)
    again = office(shop, "drop_dead_letters", by=BY, **one)

    assert (found["event_type"], found["order_id"]) == (None, None)
    assert found["reason"].startswith("malformed_event: ")
    assert planned["outcome"] == "would_be_dropped"
    assert (first["outcome"], first["letters"][0]["noted"]) == ("dropped", False)
    assert again["outcome"] == "not_found"


def test_two_operators_at_once_hide_messages_from_each_other_for_a_moment(
    shop: ShopClient,
) -> None:
    queue = {"QueueUrl": shop.output("CatalogueDeadLetterQueueUrl")}
    sqs = shop.aws("sqs")
    sent = sqs.send_message(MessageBody="[not an event", **queue)
    [held] = [
        each
        for each in sqs.receive_message(
            MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=30, **queue
        )["Messages"]
        if each["MessageId"] == sent["MessageId"]
    ]

    listed = office(shop, "list_dead_letters", queue="catalogue")
    sqs.change_message_visibility(ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0, **queue)
    [found] = letters(shop, "catalogue", message_id=sent["MessageId"])

    assert listed["queues"][0]["in_use"] >= 1
    assert sent["MessageId"] not in {each["message_id"] for each in listed["letters"]}
    dropped = office(shop, "drop_dead_letters", queue="catalogue", all=True, reason="x", by=BY)
    assert found["message_id"] in {each["message_id"] for each in dropped["letters"]}
