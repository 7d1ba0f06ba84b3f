"""Orders for the contract tests of the order store."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.reconciliation import receive
from tests.fakes.clock import NOON
from tests.fakes.examples import EVENTS, PAID, payment, pending

LONG_AGO = NOON - timedelta(days=1)  # before the orders of the other tests


def new_order() -> Order:
    """Return a pending order with a unique id."""
    return pending(uuid4().hex)


def pay(order: Order, stated: Payment | None = None) -> Order:
    """Return the order with the payment that Stripe states, and with its units."""
    return receive(order, stated or payment(), EVENTS, has_units=True)


def paid_at(at: datetime) -> Order:
    order = new_order()
    placed = tuple(replace(change, at=at) for change in order.history)
    return receive(
        replace(order, history=placed),
        payment(),
        replace(EVENTS, paid=replace(PAID, occurred_at=at)),
        has_units=True,
    )
