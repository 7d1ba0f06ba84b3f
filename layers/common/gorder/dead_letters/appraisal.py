"""Find out why letters failed, and the money that is at stake with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gorder.dead_letters.model import DeadLetter, OrderMoney, Queue, Stake, stake
from gorder.dead_letters.ports import Clock, FailureLog, LastFailure, OrderRecords
from gorder.errors import GorderError, TransientError

_READING: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class AppraisedLetter:
    """A letter, its order's status if that can be read, and why it failed last.

    `hint` says why `failure` is None. `kept_until` is when SQS deletes the letter.
    """

    letter: DeadLetter
    kept_until: datetime
    stake: Stake
    order_status: str | None
    failure: LastFailure | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class Appraiser:
    """Reads the log once for all letters, and each order once. No letter can make it fail."""

    orders: OrderRecords
    failures: FailureLog
    clock: Clock

    def appraise(
        self, letters: Sequence[DeadLetter], kept: Mapping[Queue, timedelta]
    ) -> tuple[AppraisedLetter, ...]:
        """Return what is known of each letter. `kept` is how long its queue keeps it."""
        if not letters:
            return ()
        found = self.failures.last_failures(letters)
        orders = _Orders(self.orders, self.clock, self.clock() + _READING)
        appraised = []
        for letter in letters:
            order = orders.of(letter.event.order_id)
            failure = found.by_message.get(letter.message_id)
            appraised.append(
                AppraisedLetter(
                    letter=letter,
                    kept_until=letter.sent_at + kept[letter.queue],
                    stake=stake(letter, order),
                    order_status=order.status if isinstance(order, OrderMoney) else None,
                    failure=failure,
                    hint=None if failure else found.hint,
                )
            )
        return tuple(appraised)


@dataclass(slots=True)
class _Orders:
    """The orders that were read, or why they were not. No answer of the store ends the reading."""

    book: OrderRecords
    clock: Clock
    ends_at: datetime
    known: dict[str, OrderMoney | str] = field(default_factory=dict)
    ended: str = ""

    def of(self, order_id: str | None) -> OrderMoney | str:
        if order_id is None:
            return "It names no order."
        if order_id not in self.known:
            self.known[order_id] = self.ended or self._read(order_id)
        return self.known[order_id]

    def _read(self, order_id: str) -> OrderMoney | str:
        if self.clock() >= self.ends_at:
            self.ended = "The order was not read in time: show the message alone."
            return self.ended
        try:
            return self.book.money(order_id) or "The order is not stored."
        except TransientError as error:
            self.ended = f"The order was not read ({error.code}): try again."
            return self.ended
        except GorderError as error:
            return f"The order cannot be read ({error.code})."
