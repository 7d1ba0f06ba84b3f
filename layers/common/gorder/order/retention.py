"""What of an order is about its customer, and when it can go."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gorder.order.changes import StaffNote
from gorder.order.model import Order
from gorder.order.status import LaterStatus, Status

FORGOTTEN: Final = "(forgotten)"
"""Replaces what is removed. No customer has such an id: an id begins with a letter or a digit."""
FORGET_COMMAND: Final = "forget_customer"
"""The command of the note that says who has asked to forget the customer."""


@dataclass(frozen=True, slots=True)
class UnchangedOrder:
    """An order, and the time of its last write."""

    order_id: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RetentionProgress:
    """How far retention has come.

    Attributes:
        since: every order that was last written before was looked at.
        left: orders among those that could not be read or changed, and are tried again.
        repair: the last repair whose order was looked at. None: the first one is the next.
    """

    since: datetime | None = None
    left: tuple[str, ...] = ()
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class RepairedOrders:
    """The orders of a page of repairs, without repairs that are forgotten.

    `next`: the last repair of the page; None if it is the last page.
    """

    order_ids: frozenset[str]
    next: str | None


def kept_because(order: Order) -> str | None:
    """Return in words why the order's customer has to stay known; None if it can be forgotten."""
    if isinstance(order.status, LaterStatus):
        return f"It is {order.status.value}, a status of a later release."
    if not (order.has_ended or order.status is Status.COOKED):
        return f"It is {order.status.value}: it goes on."
    if order.outbox:
        return "An event of it is not published yet."
    return _money_is_open(order)


def _money_is_open(order: Order) -> str | None:
    if order.refunds_due:
        return "A refund is due."
    if any(payment.has_failed_refund for payment in order.payments):
        return "A refund has failed, and the shop has the money."
    if any(payment.is_disputed for payment in order.payments):
        return "Its payment is disputed."
    return None


def forget(order: Order) -> Order:
    """Return the order without its customer. It stays as it is if the customer is forgotten.

    What goes: the customer's id and notes, the address of the payment page, the words of staff, and
    the key of the access tokens, so that a repeated request for the order gets no new token. Lines
    without notes, money, history and all ids of Stripe stay.
    """
    forgotten = replace(
        order,
        customer_id=FORGOTTEN,
        lines=tuple(replace(line, notes=()) for line in order.lines),
        checkout=replace(order.checkout, url=None),
        token_key_id="",
        notes=tuple(map(_without_words, order.notes)),
    )
    return order if forgotten == order else replace(forgotten, version=order.version + 1)


def _without_words(note: StaffNote) -> StaffNote:
    return note if note.command == FORGET_COMMAND else replace(note, text=FORGOTTEN)
