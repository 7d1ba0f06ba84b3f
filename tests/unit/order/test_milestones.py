"""What the shop's owner hears of an order's way, and hears once."""

from datetime import timedelta

import pytest

from gorder.order.model import Order
from tests.fakes.examples import ORDER_ID, paid, pending, waiting
from tests.fakes.faults import Mishap
from tests.unit.order.shop import (
    DISH_DONE,
    MONEY_CAME,
    NOT_WANTED,
    PAGE_MADE,
    UNAVAILABLE,
    Message,
    Shop,
)


@pytest.mark.parametrize(
    ("order", "message", "told"),
    [
        (pending(), PAGE_MADE, {"OrderWaitingForPayment": 1}),
        (waiting(), MONEY_CAME, {"OrderPaid": 1, "UnitsSold": 3}),
        (paid(), DISH_DONE, {"OrderCooked": 1}),
        (pending(), NOT_WANTED, {"OrderCancelled": 1}),
    ],
)
def test_a_new_status_is_told_once_however_often_the_message_comes(
    order: Order, message: Message, told: dict[str, int]
) -> None:
    shop = Shop(order)

    shop.handle(message)
    shop.handle(message)

    assert shop.telemetry.counts == told


def test_a_payment_tells_the_revenue_and_how_long_it_took() -> None:
    shop = Shop(waiting())

    shop.handle(MONEY_CAME)

    assert shop.telemetry.revenues == [(1650, "eur")]
    assert shop.telemetry.times == {"TimeToPaid": [timedelta(minutes=5)]}


def test_the_kitchens_time_counts_from_the_payment() -> None:
    shop = Shop(paid())

    shop.handle(DISH_DONE)

    assert shop.telemetry.revenues == []
    assert shop.telemetry.times == {"TimeToCooked": [timedelta(minutes=3)]}


def test_a_payment_that_was_not_saved_is_not_told() -> None:
    shop = Shop(waiting())
    shop.faults.at(1, Mishap.FAILS)

    with pytest.raises(UNAVAILABLE):
        shop.handle(MONEY_CAME)

    assert shop.order.order_id == ORDER_ID
    assert shop.telemetry.counts == {}
    assert shop.telemetry.revenues == []
