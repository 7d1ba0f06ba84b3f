"""Invariants of an order under any sequence of operations."""

from datetime import datetime, timedelta
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gorder.order.changes import OutboxEvent
from gorder.order.errors import (
    IllegalTransitionError,
    OrderAlreadyPaid,
    OrderClosed,
    PaymentMismatchError,
)
from gorder.order.model import Order
from gorder.order.payments import Payment
from gorder.order.status import AnyStatus, Status
from tests.fakes.clock import NOON
from tests.fakes.examples import pending

TIMES = st.integers(-3600, 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))
SESSIONS = st.sampled_from(["cs_1", "cs_2"])
# The transitions of the model, written again so that a wrong one is found.
NEXT: dict[AnyStatus, set[Status]] = {
    Status.PENDING: {
        Status.WAITING_FOR_PAYMENT,
        Status.PAID,
        Status.CANCELLED,
        Status.EXPIRED,
    },
    Status.WAITING_FOR_PAYMENT: {Status.PAID, Status.CANCELLED, Status.EXPIRED},
    Status.PAID: {Status.COOKED},
    Status.COOKED: set[Status](),
    Status.CANCELLED: set[Status](),
    Status.EXPIRED: set[Status](),
}


class OrderStateMachine(RuleBasedStateMachine):
    """One order and its operations: repeated, late, wrong, out of order."""

    @initialize()
    def place(self) -> None:
        self.order = pending()
        self.recorded: set[str] = {event.event_id for event in self.order.outbox}
        self.delivered: set[str] = set()

    @rule(session_id=SESSIONS, at=TIMES)
    def await_payment(self, session_id: str, at: datetime) -> None:
        self.change(self.order.await_payment(session_id, f"https://pay/{session_id}", at))

    @rule(attempt=st.integers(1, 3), expires_at=TIMES)
    def retry_checkout(self, attempt: int, expires_at: datetime) -> None:
        self.change(self.order.retry_checkout(attempt, expires_at))

    @rule(
        session_id=SESSIONS,
        amount=st.sampled_from([0, 1649, 1650, 1650, 1650, 1651]),
        currency=st.sampled_from(["eur", "eur", "usd"]),
        at=TIMES,
    )
    def pay(self, session_id: str, amount: int, currency: str, at: datetime) -> None:
        paid = OutboxEvent(f"paid-{len(self.recorded)}", "order.paid", at)
        try:
            self.change(self.order.pay(Payment(session_id, "pi", amount, currency), paid))
        except PaymentMismatchError:
            return
        except IllegalTransitionError:
            assert self.order.is_closed
            return
        assert (amount, currency) == (1650, "eur")

    @rule(at=TIMES)
    def cook(self, at: datetime) -> None:
        cooked = OutboxEvent(f"cooked-{len(self.recorded)}", "order.cooked", at)
        try:
            self.change(self.order.cook(cooked))
        except IllegalTransitionError:
            assert self.order.status not in {Status.PAID, Status.COOKED}

    @rule(at=TIMES)
    def cancel(self, at: datetime) -> None:
        cancelled = OutboxEvent(f"cancelled-{len(self.recorded)}", "order.cancelled", at)
        try:
            self.change(self.order.cancel(cancelled))
        except OrderAlreadyPaid:
            assert self.order.payment
        except OrderClosed:
            assert self.order.status is Status.EXPIRED

    @rule(at=TIMES)
    def expire(self, at: datetime) -> None:
        expired = OutboxEvent(f"expired-{len(self.recorded)}", "order.expired", at)
        due = self.order.is_open and self.order.checkout.expires_at <= at
        self.change(self.order.expire(expired))
        assert due == (expired in self.order.outbox)

    @rule(until=TIMES)
    def wait_until(self, until: datetime) -> None:
        self.change(self.order.wait_until(until))

    @rule(count=st.integers(1, 3))
    def deliver_events(self, count: int) -> None:
        gone = [event.event_id for event in self.order.outbox[:count]]
        self.delivered.update(gone)
        self.order = self.order.delivered(gone)

    def change(self, after: Order) -> None:
        before, self.order = self.order, after
        if after is before:
            return
        assert after.version == before.version + 1
        assert after.history[: len(before.history)] == before.history
        assert after.outbox[: len(before.outbox)] == before.outbox
        self.recorded |= {event.event_id for event in after.outbox}

    @invariant()
    def history_leads_to_the_status(self) -> None:
        statuses = [change.status for change in self.order.history]
        assert statuses[0] is Status.PENDING
        assert statuses[-1] is self.order.status
        assert all(after in NEXT[before] for before, after in pairwise(statuses))

    @invariant()
    def history_goes_forward_in_time(self) -> None:
        times = [change.at for change in self.order.history]
        assert times == sorted(times)

    @invariant()
    def a_paid_order_has_its_payment(self) -> None:
        past_payment = self.order.status in {Status.PAID, Status.COOKED}
        assert (self.order.payment is not None) == past_payment
        if payment := self.order.payment:
            assert (payment.amount, payment.currency) == (self.order.amount_total, "eur")
            assert self.order.checkout.session_id in {None, payment.session_id}

    @invariant()
    def every_event_is_kept_until_it_is_delivered(self) -> None:
        assert {event.event_id for event in self.order.outbox} == self.recorded - self.delivered
        changes = [change for change in self.order.history if change.status in _WITH_EVENT]
        assert len(self.recorded) == len(changes)


_WITH_EVENT = {Status.PENDING, Status.PAID, Status.COOKED, Status.CANCELLED, Status.EXPIRED}

OrderStateMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None
)
TestOrder = OrderStateMachine.TestCase
