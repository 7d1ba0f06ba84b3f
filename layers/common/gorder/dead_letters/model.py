"""Dead letters: messages that their consumer could not process, and what is at stake with each."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self, TypedDict

from gorder.constraints import CURRENCY_PATTERN, ID_PATTERN, MAX_INTEGER

_NAME: Final = re.compile(r"[a-z_.]{1,64}")
_TEXT: Final = re.compile(r"[!-~]{1,255}")


class Queue(StrEnum):
    """The queues that have a dead-letter queue, by what is at stake: the most first."""

    ORDER_PAID = "order_paid"
    REFUND = "refund"
    KITCHEN = "kitchen"
    PAYMENT_LINK = "payment_link"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class LetterEvent:
    """What can be read of a body. A field that is missing, or not as an event has it, is None."""

    event_type: str | None = None
    event_id: str | None = None
    order_id: str | None = None
    product_id: str | None = None
    amount: int | None = None
    currency: str | None = None

    @classmethod
    def read(cls, body: str) -> Self:
        """Read a body of any release, or of any other origin."""
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(event, dict):
            return cls()
        data = event.get("data")
        data = data if isinstance(data, dict) else {}
        return cls(
            event_type=_matching(_NAME, event.get("event_type")),
            event_id=_matching(_TEXT, event.get("event_id")),
            order_id=_matching(ID_PATTERN, data.get("order_id")),
            product_id=_matching(_TEXT, data.get("product_id")),
            amount=_amount(data.get("amount")),
            currency=_matching(CURRENCY_PATTERN, data.get("currency")),
        )


def _matching(pattern: str | re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else None


def _amount(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_INTEGER else None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a message, as its sender gave it: a text, or bytes."""

    kind: str
    value: str | bytes


class LetterNames(TypedDict):
    """The ids of a letter, and those that can be read of its body."""

    queue: str
    message_id: str
    event_type: str | None
    event_id: str | None
    order_id: str | None
    product_id: str | None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in a dead-letter queue.

    Attributes:
        sent_at: when it was sent to its queue first.
        received: how often it was received, by the back office too.
        receipt: what releases or deletes it.
        trace: the header of the trace that it belongs to.
    """

    queue: Queue
    message_id: str
    body: str
    sent_at: datetime
    received: int
    receipt: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    trace: str | None = None

    @property
    def event(self) -> LetterEvent:
        """What can be read of the body."""
        return LetterEvent.read(self.body)

    @property
    def names(self) -> LetterNames:
        """Which letter it is, for log lines and replies."""
        event = self.event
        return {
            "queue": self.queue.value,
            "message_id": self.message_id,
            "event_type": event.event_type,
            "event_id": event.event_id,
            "order_id": event.order_id,
            "product_id": event.product_id,
        }


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order as stored, in minor units. `due` is what gorder has to refund, by currency."""

    status: str
    currency: str
    total: int
    due: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stake:
    """The money that is at stake with a letter, in minor units, and what that means.

    `amount` is None if it is not known.
    """

    amount: int | None
    currency: str | None
    text: str


_MEANINGS: Final = {
    Queue.ORDER_PAID: "A refund, a dispute or a payment is not recorded with its order. Compare "
    "it with Stripe's dashboard.",
    Queue.REFUND: "A payment that does not pay for its order is not refunded.",
    Queue.KITCHEN: "A paid order is not cooked.",
    Queue.PAYMENT_LINK: "The order has no payment page; nothing was paid.",
    Queue.CATALOGUE: "A product is sold as it was before its last change in Stripe.",
}
_PAYMENT: Final = (
    "A payment is not recorded with its order, which may not be cooked. Compare it with Stripe's "
    "dashboard."
)


def stake(letter: DeadLetter, order: OrderMoney | str) -> Stake:
    """Return what is at stake with a letter. `order` is its order, or why that was not read."""
    event, meaning = letter.event, _MEANINGS[letter.queue]
    reported = letter.queue is Queue.ORDER_PAID and event.amount is not None
    if reported:
        meaning = _PAYMENT
    if letter.queue is Queue.CATALOGUE:
        return Stake(None, None, meaning)
    if isinstance(order, str):
        amount = 0 if letter.queue is Queue.PAYMENT_LINK else event.amount if reported else None
        currency = event.currency if reported else None
        return Stake(amount, currency, f"{meaning} {order}")
    if reported:
        return Stake(event.amount, event.currency or order.currency, meaning)
    match letter.queue:
        case Queue.PAYMENT_LINK:
            return Stake(0, order.currency, meaning)
        case Queue.REFUND:
            return _due(order, meaning)
    return Stake(order.total, order.currency, meaning)


def _due(order: OrderMoney, meaning: str) -> Stake:
    match list(order.due.items()):
        case []:
            return Stake(0, order.currency, "Nothing is due any more: see the order.")
        case [(currency, amount)]:
            return Stake(amount, currency, meaning)
    return Stake(None, None, f"{meaning} It is due in several currencies: see the order.")
