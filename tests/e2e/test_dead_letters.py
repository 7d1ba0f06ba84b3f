"""A message of each queue fails for a real cause, is listed with reason and money, and moved back.

A second move changes nothing.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

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


@pytest.fixture(autouse=True)
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


def test_a_page_that_could_not_be_made_is_made(shop: ShopClient) -> None:
    refuse(shop, "POST", "/v1/checkout/sessions$")
    product = shop.stock_a_product(units=3)
    placed = shop.place((product, 1))

    found = letter(shop, "payment_link", placed)
    shop.clear_faults()
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == ("order.created", "pending")
    assert at_stake(found) == (0, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    assert shop.wait(placed, "waiting_for_payment")["payment_link"]
    sessions = shop.stripe_list("checkout/sessions")
    assert len([s for s in sessions if s["client_reference_id"] == placed.order_id]) == 1


def test_a_payment_that_could_not_be_read_is_recorded_and_cooked_once(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    session = shop.session_of(placed.order_id)["id"]
    refuse(shop, "GET", f"/v1/checkout/sessions/{session}")
    shop.pay(page)

    found = letter(shop, "order_paid", placed)
    shop.clear_faults()
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == (
        *("payment.succeeded", "waiting_for_payment"),
    )
    assert at_stake(found) == (PRICE, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    assert statuses(shop.wait(placed, "cooked")) == COOKED
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_refund_that_could_not_be_made_is_made_once(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed, _ = waiting(shop, product)
    assert cancel(shop, placed).status_code == 200
    refuse(shop, "POST", "/v1/refunds$")
    intent = pay_on_another_page(shop, placed)

    found = letter(shop, "refund", placed)
    shop.clear_faults()
    move_twice(shop, found)

    assert (found["event_type"], found["order_status"]) == ("order.refund_due", "cancelled")
    assert at_stake(found) == (PRICE, "eur")
    assert found["reason"].startswith("payment_gateway_unavailable: ")
    wait_for_refund(shop, placed, status="succeeded", reason="order_cancelled")
    assert refunds_at_stripe(shop, intent) == [PRICE]


def test_an_order_that_could_not_be_read_is_cooked_once(shop: ShopClient) -> None:
    """The order's document is damaged by hand, so that the defect has a stack trace."""
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    with paused(shop, "kitchen"):
        shop.pay(page)
        shop.wait(placed, "paid")
        change_order(shop, placed, {"customer_id": 7})
    damaged = letter(shop, "kitchen", placed)
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
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_product_that_could_not_be_read_is_copied(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=2)
    refuse(shop, "GET", f"/v1/products/{product}")
    client = stripe.StripeClient(
        shop.environment["STRIPE_API_KEY"], base_addresses={"api": shop.stripe_base}
    )
    client.v1.products.update(product, {"name": "Soup of the day"})

    found = letters(shop, "catalogue", product_id=product)
    shop.clear_faults()
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
