"""What functions tell of themselves, found again by `make trace` and `make metrics`."""

import re

import pytest

from devstack.console import StackError
from devstack.emf import metrics
from devstack.segments import collected
from devstack.stack import Stack
from devstack.waterfall import waterfall
from tests.e2e.conftest import Shop, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

# Each function from the POST to the kitchen, and what it does for an order that is paid.
STORY = [
    *("create_order", "CreateOrder", "stock_check", "ReserveStock"),
    *("payment_link", "CreatePaymentLink"),
    *("stripe_webhook", "ReceiveWebhook"),
    *("order_paid", "MarkPaid", "ConfirmReservation"),
    *("kitchen", "StartCooking", "FinishCooking"),
]


def test_an_orders_trace_shows_every_function_from_the_post_to_the_kitchen(
    shop: Shop, cloud: Stack
) -> None:
    product = shop.stock_a_product(units=5)
    placed, other = shop.place((product, 2)), shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    shop.wait(placed, "cooked")

    def shown() -> list[str]:
        """In the order in which each began, once: any message may come twice."""
        return [name for name in dict.fromkeys(names(cloud, placed.order_id)) if name in STORY]

    wait_until(lambda: shown() == STORY, lambda: f"it shows {shown()}")
    assert "FinishCooking" not in names(cloud, other.order_id)


def names(cloud: Stack, order_id: str) -> list[str]:
    """The functions and commands of an order's waterfall, from above."""
    text = waterfall(order_id, collected(cloud.directory.data("xray")), 80)
    return re.findall(r"ms +(\w+)", text)


def test_an_order_that_nobody_knows_has_no_trace(shop: Shop, cloud: Stack) -> None:
    shop.place((shop.stock_a_product(units=1), 1))

    with pytest.raises(StackError, match="no-such-order"):
        names(cloud, "no-such-order")


def test_what_was_refused_is_in_the_metrics_of_its_function(shop: Shop, cloud: Stack) -> None:
    product = shop.stock_a_product(units=1)
    before = refused(cloud)

    shop.post_order((product, 2))

    wait_until(lambda: refused(cloud) == before + 1, lambda: metrics(cloud.directory.function_logs))


def refused(cloud: Stack) -> int:
    """How many times an order was refused, as the table says."""
    for line in metrics(cloud.directory.function_logs).splitlines():
        match line.split():
            case ["create_order", "CreateOrder.Refused", "Count", _, total]:
                return int(total)
    return 0
