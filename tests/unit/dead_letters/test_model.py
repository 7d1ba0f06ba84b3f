"""What is read of a letter's body, and the money that is at stake."""

import json

import pytest

from gorder.dead_letters.model import DeadLetter, LetterEvent, OrderMoney, Queue, Stake, stake
from tests.fakes.clock import NOON

ORDER = OrderMoney("paid", "eur", 1650, {})
PAYMENT = {
    "event_type": "payment.succeeded",
    "event_id": "evt_1",
    "data": {"order_id": "order-1", "amount": 1600, "currency": "usd"},
}
NOT_EVENTS = [
    *("", "{", "null", "[]", "7", '"x"', "\x00\x01", "\ufffd" * 3, "x" * 300_000),
    *("[" * 100_000, '{"data":' * 50_000, '{"data": 7}', '{"event_type": ["order.paid"]}'),
    json.dumps({"event_type": "a" * 65, "event_id": "\ud800", "data": {"order_id": "a b"}}),
    json.dumps({"event_id": "x\x1b[2J", "data": {"product_id": "\u202e"}}),
    '{"data": {"amount": ' + "9" * 5000 + "}}",
    '{"data": {"amount": true, "currency": "EURO"}}',
    '{"data": {"amount": -1}}',
    '{"data": {"amount": 1.5}}',
    '{"data": {"amount": NaN}}',
]


def letter(queue: Queue, event: object) -> DeadLetter:
    body = event if isinstance(event, str) else json.dumps(event)
    return DeadLetter(queue, "message-1", body, NOON, 1, "receipt")


def test_an_event_is_read() -> None:
    assert LetterEvent.read(json.dumps(PAYMENT)) == LetterEvent(
        *("payment.succeeded", "evt_1", "order-1", None, 1600, "usd")
    )


@pytest.mark.parametrize("release", [{"version": 2}, {"event_type": "payment.halved"}, {"new": 1}])
def test_an_event_of_a_later_release_is_read(release: dict[str, object]) -> None:
    assert LetterEvent.read(json.dumps(PAYMENT | release)).order_id == "order-1"


@pytest.mark.parametrize("body", NOT_EVENTS, ids=lambda body: ascii(body)[:30])
def test_what_is_not_as_an_event_has_it_is_none(body: str) -> None:
    assert LetterEvent.read(body) == LetterEvent()


@pytest.mark.parametrize("body", NOT_EVENTS, ids=lambda body: ascii(body)[:30])
@pytest.mark.parametrize("queue", Queue)
def test_something_is_at_stake_whatever_the_body(queue: Queue, body: str) -> None:
    found = stake(letter(queue, body), "It names no order.")

    assert found.amount == (0 if queue is Queue.PAYMENT_LINK else None)
    assert found.currency is None


@pytest.mark.parametrize(
    ("queue", "event", "order", "amount", "currency"),
    [
        (Queue.PAYMENT_LINK, {"data": {"order_id": "order-1"}}, ORDER, 0, "eur"),
        (Queue.KITCHEN, {"data": {"order_id": "order-1"}}, ORDER, 1650, "eur"),
        (Queue.ORDER_PAID, PAYMENT, ORDER, 1600, "usd"),
        (Queue.ORDER_PAID, {"data": {"order_id": "order-1"}}, ORDER, 1650, "eur"),
        (Queue.ORDER_PAID, PAYMENT, "The order is not stored.", 1600, "usd"),
        (Queue.KITCHEN, PAYMENT, "The order is not stored.", None, None),
        (Queue.REFUND, {}, OrderMoney("expired", "eur", 1650, {"eur": 1500}), 1500, "eur"),
        (Queue.REFUND, {}, OrderMoney("expired", "eur", 1650, {"usd": 1500}), 1500, "usd"),
        (Queue.REFUND, {}, OrderMoney("expired", "eur", 1650, {"usd": 1, "eur": 2}), None, None),
        (Queue.REFUND, {}, ORDER, 0, "eur"),
        (Queue.CATALOGUE, {"data": {"product_id": "prod_1"}}, "It names no order.", None, None),
    ],
)
def test_the_money_at_stake(
    queue: Queue, event: object, order: OrderMoney | str, amount: int | None, currency: str | None
) -> None:
    found = stake(letter(queue, event), order)

    assert (found.amount, found.currency) == (amount, currency)


def test_why_an_order_was_not_read_is_stated() -> None:
    assert stake(letter(Queue.KITCHEN, {}), "The order is not stored.") == Stake(
        None, None, "A paid order is not cooked. The order is not stored."
    )
    assert "several currencies" in (
        stake(letter(Queue.REFUND, {}), OrderMoney("expired", "eur", 1, {"usd": 1, "eur": 2})).text
    )
