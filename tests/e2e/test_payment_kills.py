"""A function's process is killed at each of its calls, and its message is delivered again.

The story: an order is cancelled, and its customer pays on a page all the same. Refunds wait until
the payments are recorded.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gorder.contracts.events import (
    OrderData,
    OrderRefundDue,
    PaymentData,
    PaymentSucceeded,
)
from gorder.runtime.clock import utc_now
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.payment_kills import KILLED, run_killed
from tests.e2e.queues import paused, wait_until_empty
from tests.e2e.test_cancel_and_sweep import cancel
from tests.e2e.test_the_way_back import (
    PRICE,
    pay_on_another_page,
    refunds_at_stripe,
    wait_for_refund,
    waiting,
)
from tests.fakes.aws_events import sqs_event

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

UNITS = 100
TRACE_ID = "1-00000000-000000000000000000000000"

type Story = tuple[CustomerOrder, str]  # the order and its payment


def paid_after_cancelling(shop: ShopClient, product: str) -> Story:
    placed, _ = waiting(shop, product)
    assert cancel(shop, placed).status_code == 200
    return placed, pay_on_another_page(shop, placed)


def payment_succeeded(shop: ShopClient, story: Story) -> dict[str, Any]:
    """Return the message that reports the payment."""
    placed, intent = story
    [session] = shop.stripe_list("checkout/sessions", payment_intent=intent)
    event = PaymentSucceeded(
        event_id=f"test-{placed.order_id}",
        occurred_at=utc_now(),
        trace_id=TRACE_ID,
        data=PaymentData(
            order_id=placed.order_id,
            session_id=session["id"],
            payment_intent_id=intent,
            amount=PRICE,
            currency="eur",
        ),
    )
    return sqs_event(event.model_dump_json(), queue="order_paid")


def refund_due(shop: ShopClient, story: Story) -> dict[str, Any]:
    """Wait until the refund is due; return the message that says so."""
    placed, _ = story
    wait_until(
        lambda: [each["status"] for each in shop.get_order(placed).json()["refunds"]] == ["due"],
        lambda: f"no refund of {placed.order_id} is due",
    )
    event = OrderRefundDue(
        event_id=f"test-{placed.order_id}",
        occurred_at=utc_now(),
        trace_id=TRACE_ID,
        data=OrderData(order_id=placed.order_id),
    )
    return sqs_event(event.model_dump_json(), queue="refund")


def kill_at_each_call(shop: ShopClient, service: str, messages: list[dict[str, Any]]) -> None:
    kills = list(enumerate(messages, start=1))
    outcomes = run_killed(shop, service, kills)
    # One that has made fewer calls than the undisturbed one is not killed.
    assert all(
        outcome == KILLED or int(outcome) < call
        for (call, _), outcome in zip(kills, outcomes, strict=True)
    ), (service, outcomes)
    assert KILLED in outcomes, service


def test_a_payment_is_refunded_once_although_the_function_is_killed_at_any_call(
    shop: ShopClient,
) -> None:
    product = shop.stock_a_product(units=UNITS)
    with paused(shop, "refund"):
        with paused(shop, "order_paid"):
            undisturbed = paid_after_cancelling(shop, product)
            [paying] = run_killed(shop, "order_paid", [(0, payment_succeeded(shop, undisturbed))])
            [refunding] = run_killed(shop, "refund", [(0, refund_due(shop, undisturbed))])
            number = max(int(paying), int(refunding))
            with ThreadPoolExecutor(4) as customers:
                stories = list(
                    customers.map(lambda _: paid_after_cancelling(shop, product), range(number))
                )
            messages = [payment_succeeded(shop, story) for story in stories[: int(paying)]]
            kill_at_each_call(shop, "order_paid", messages)
        messages = [refund_due(shop, story) for story in stories[: int(refunding)]]
        kill_at_each_call(shop, "refund", messages)

    for queue in ("OrderPaidQueueUrl", "RefundQueueUrl"):
        wait_until_empty(shop, queue)
    for story in [undisturbed, *stories]:
        assert_refunded_once(shop, story)
    assert shop.units(product) == {"on_hand": UNITS, "held": 0}


def assert_refunded_once(shop: ShopClient, story: Story) -> None:
    placed, intent = story
    shown = wait_for_refund(
        shop, placed, amount=PRICE, reason="order_cancelled", status="succeeded"
    )
    assert statuses(shown) == ["pending", "waiting_for_payment", "cancelled"]
    assert refunds_at_stripe(shop, intent) == [PRICE]
