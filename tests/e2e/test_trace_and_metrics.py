"""`make trace` and `make metrics` show the traces and metrics of the deployed functions."""

import re

import pytest

from devstack.console import StackError
from devstack.emf import metrics
from devstack.segments import collected
from devstack.stack import Stack
from devstack.waterfall import waterfall
from tests.e2e.conftest import ShopClient, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

# The functions and commands of a paid order, from the POST to the kitchen.
EXPECTED_NAMES = [
    *("create_order", "CreateOrder", "stock_check", "ReserveForClient"),
    *("payment_link", "CreatePaymentLink"),
    *("stripe_webhook", "ReceiveWebhook"),
    *("order_paid", "ReconcilePayment", "ConfirmReservation"),
    *("kitchen", "StartCooking", "MarkCooked"),
]


def test_the_trace_of_an_order_shows_every_function_and_command(
    shop: ShopClient, cloud: Stack
) -> None:
    product = shop.stock_a_product(units=5)
    placed, other = shop.place((product, 2)), shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    shop.wait(placed, "cooked")

    def shown() -> list[str]:
        """Return each expected name once, by start time, because a message may come twice."""
        unique = dict.fromkeys(names(cloud, placed.order_id))
        return [name for name in unique if name in EXPECTED_NAMES]

    wait_until(lambda: shown() == EXPECTED_NAMES, lambda: f"the trace shows {shown()}")
    assert "MarkCooked" not in names(cloud, other.order_id)


def names(cloud: Stack, order_id: str) -> list[str]:
    """Return the functions and commands of an order's waterfall, from top to bottom."""
    text = waterfall(order_id, collected(cloud.directory.data("xray")), 80)
    return re.findall(r"ms +(\w+)", text)


def test_an_unknown_order_has_no_trace(shop: ShopClient, cloud: Stack) -> None:
    shop.place((shop.stock_a_product(units=1), 1))

    with pytest.raises(StackError, match="no-such-order"):
        names(cloud, "no-such-order")


def test_a_refused_order_is_counted_in_the_metrics(shop: ShopClient, cloud: Stack) -> None:
    product = shop.stock_a_product(units=1)
    before = refused(cloud)

    shop.post_order((product, 2))

    wait_until(lambda: refused(cloud) == before + 1, lambda: metrics(cloud.directory.function_logs))


def refused(cloud: Stack) -> int:
    """Return the number of refused orders in the table of metrics."""
    for line in metrics(cloud.directory.function_logs).splitlines():
        match line.split():
            case ["create_order", "CreateOrder.Refused", "Count", _, total]:
                return int(total)
    return 0
