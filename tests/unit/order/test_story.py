"""What moves a placed order: its page, its payment, its cooking; repeated and out of order."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gorder.order.commands.begin_checkout import BeginCheckout
from gorder.order.commands.mark_paid import MarkPaid
from gorder.order.commands.transition import transition
from gorder.order.model import (
    IllegalTransitionError,
    Order,
    PaymentMismatchError,
    Status,
)
from gorder.order.ports import (
    ConcurrentUpdateError,
    OrderMissingError,
    ReservationLostError,
)
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    ORDER_ID,
    PAGE_URL,
    SESSION_ID,
    TIME_TO_PAY,
    TRACE_ID,
    cooked,
    paid,
    payment,
    pending,
    waiting,
)
from tests.unit.order.shop import DISH_DONE, MONEY_CAME, PAGE_MADE, Message, Shop


def test_the_page_is_saved_and_its_event_is_delivered() -> None:
    shop = Shop(pending())

    shop.handle(PAGE_MADE)

    assert shop.order.status is Status.WAITING_FOR_PAYMENT
    assert (shop.order.checkout.session_id, shop.order.checkout.url) == (SESSION_ID, PAGE_URL)
    assert shop.order.outbox == ()


def test_a_payment_sells_the_stock_and_tells_the_kitchen() -> None:
    shop = Shop(waiting())

    shop.handle(MONEY_CAME)

    assert shop.order.status is Status.PAID
    assert shop.order.payment == payment()
    assert shop.stock.held == {}
    assert ORDER_ID in shop.stock.sold
    [event] = shop.bus.published
    assert (event.event_type, event.trace_id) == ("order.paid", TRACE_ID)
    assert shop.order.outbox == ()


def test_a_cooked_order_is_told_of() -> None:
    shop = Shop(paid())

    shop.handle(DISH_DONE)

    assert shop.order.status is Status.COOKED
    assert shop.bus.types == ["order.cooked"]
    assert shop.order.outbox == ()


@pytest.mark.parametrize(
    ("order", "message"),
    [(pending(), PAGE_MADE), (waiting(), MONEY_CAME), (paid(), DISH_DONE)],
    ids=["page made", "money came", "dish done"],
)
def test_a_message_that_comes_twice_does_its_work_once(order: Order, message: Message) -> None:
    shop = Shop(order)
    shop.handle(message)
    first, told, sold = shop.order, list(shop.bus.published), dict(shop.stock.sold)
    shop.clock.advance(hours=1)

    shop.handle(message)

    assert (shop.order, shop.bus.published, shop.stock.sold) == (first, told, sold)


def test_the_money_may_come_before_the_page_is_saved() -> None:
    shop = Shop(pending())

    shop.handle(MONEY_CAME)
    shop.handle(PAGE_MADE)

    assert shop.order.status is Status.PAID
    assert [change.status for change in shop.order.history] == [Status.PENDING, Status.PAID]
    assert shop.bus.types == ["order.created", "order.paid"]
    assert shop.order.outbox == ()


def test_the_money_may_come_again_after_the_dish_is_done() -> None:
    shop = Shop(cooked())

    shop.handle(MONEY_CAME)

    assert shop.order == cooked()
    assert shop.bus.published == []


@pytest.mark.parametrize(
    ("order", "message", "error"),
    [
        (waiting(), MarkPaid(ORDER_ID, payment(amount=1)), PaymentMismatchError),
        (waiting(), MarkPaid(ORDER_ID, payment(currency="usd")), PaymentMismatchError),
        (waiting(), MarkPaid(ORDER_ID, payment(session_id="cs_2")), PaymentMismatchError),
        (replace(waiting(), status=Status.EXPIRED), MONEY_CAME, IllegalTransitionError),
        (waiting(), DISH_DONE, IllegalTransitionError),
    ],
    ids=["amount", "currency", "page", "closed", "unpaid"],
)
def test_what_does_not_fit_changes_nothing(
    order: Order, message: Message, error: type[Exception]
) -> None:
    shop = Shop(order)

    with pytest.raises(error):
        shop.handle(message)

    assert shop.order == order
    assert shop.bus.published == []
    assert shop.stock.sold == {}


@pytest.mark.parametrize("message", [PAGE_MADE, MONEY_CAME, DISH_DONE, BeginCheckout(ORDER_ID)])
def test_an_order_nobody_saved_is_an_error(message: Message) -> None:
    shop = Shop(pending())
    shop.orders.stored.clear()

    with pytest.raises(OrderMissingError):
        shop.handle(message)


def test_a_paid_order_whose_stock_is_gone_is_an_error_and_not_cooked() -> None:
    shop = Shop(waiting())
    shop.stock.held.clear()

    with pytest.raises(ReservationLostError):
        shop.handle(MONEY_CAME)

    assert shop.order.status is Status.PAID
    assert shop.bus.published == []


def test_the_first_attempt_was_planned_with_the_order() -> None:
    shop = Shop(pending())

    order = shop.handle(BeginCheckout(ORDER_ID))

    assert order == pending()
    assert shop.faults.calls == ["orders.get"]


def test_a_failed_attempt_gets_a_new_window_once() -> None:
    shop = Shop(pending())

    again = shop.handle(BeginCheckout(ORDER_ID, failed_attempt=1))
    shop.clock.advance(minutes=1)
    twice = shop.handle(BeginCheckout(ORDER_ID, failed_attempt=1))

    assert again == twice == shop.order
    assert shop.order.checkout.attempt == 2
    assert shop.order.checkout.expires_at == NOON + timedelta(minutes=5) + TIME_TO_PAY


def test_a_change_is_made_on_what_is_stored_by_then() -> None:
    shop = Shop(pending())
    interrupted = False

    def pay_after_somebody_else_saved(order: Order) -> Order:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            shop.handle(PAGE_MADE)
        return order.await_payment("cs_late", "https://pay.example/late", NOON)

    transition(shop.orders, shop.telemetry, ORDER_ID, pay_after_somebody_else_saved)

    assert shop.order.checkout.session_id == SESSION_ID


def test_an_order_that_keeps_changing_is_given_up_for_now() -> None:
    shop = Shop(pending())
    attempts = count(1)

    def always_too_late(order: Order) -> Order:
        attempt = order.checkout.attempt
        shop.handle(BeginCheckout(ORDER_ID, failed_attempt=attempt))
        next(attempts)
        return order.retry_checkout(attempt, NOON)

    with pytest.raises(ConcurrentUpdateError, match=ORDER_ID):
        transition(shop.orders, shop.telemetry, ORDER_ID, always_too_late)

    assert next(attempts) == 6
