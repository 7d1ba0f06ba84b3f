"""Whatever fails, and wherever the process dies: the next try ends where it would have ended."""

from dataclasses import replace

import pytest

from gorder.order.commands.begin_checkout import BeginCheckout
from gorder.order.model import (
    Order,
)
from tests.fakes.examples import (
    ORDER_ID,
    paid,
    pending,
    waiting,
)
from tests.fakes.faults import Died, Mishap
from tests.unit.order.shop import (
    DISH_DONE,
    MONEY_CAME,
    NOT_WANTED,
    PAGE_MADE,
    UNAVAILABLE,
    Message,
    Shop,
)


def _state(shop: Shop) -> tuple[object, ...]:
    """What must be the same whatever happened on the way. A repetition's ids are its own."""
    order = replace(shop.order, outbox=())
    left = [event.event_type for event in shop.order.outbox]
    return order, left, shop.stock.sold, shop.stock.held, shop.gateway.ended, set(shop.bus.types)


STEPS: list[tuple[str, Order, Message]] = [
    ("page made", pending(), PAGE_MADE),
    ("window passed", pending(), BeginCheckout(ORDER_ID, failed_attempt=1)),
    ("money before page", pending(), MONEY_CAME),
    ("money came", waiting(), MONEY_CAME),
    ("dish done", paid(), DISH_DONE),
    ("not wanted before page", pending(), NOT_WANTED),
    ("not wanted", waiting(), NOT_WANTED),
]


def _calls(order: Order, message: Message) -> list[str]:
    shop = Shop(order)
    shop.handle(message)
    return shop.faults.calls


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize(
    ("order", "message", "call"),
    [
        pytest.param(order, message, number, id=f"{title}-{number}-{call}")
        for title, order, message in STEPS
        for number, call in enumerate(_calls(order, message))
    ],
)
def test_dying_anywhere_and_trying_again_ends_the_same(
    order: Order, message: Message, call: int, mishap: Mishap
) -> None:
    undisturbed, shop = Shop(order), Shop(order)
    undisturbed.handle(message)
    shop.faults.at(call, mishap)

    with pytest.raises((Died, *UNAVAILABLE)):
        shop.handle(message)
    shop.handle(message)

    assert _state(shop) == _state(undisturbed)
    facts = {event.event_type for event in shop.bus.published}
    identities = {event.event_id for event in shop.bus.published}
    assert len(identities) == len(facts), "one fact was told under two identities"
