"""Invariants of an order under any sequence of operations."""

from datetime import datetime, timedelta
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gorder.order.changes import OutboxEvent, PageEvents, PaymentEvents, StaffNote
from gorder.order.checkout import lose_page
from gorder.order.contradictions import contradictions
from gorder.order.errors import (
    IllegalTransitionError,
    OrderAlreadyPaid,
    OrderClosed,
)
from gorder.order.model import Order
from gorder.order.payments import Payment, Refund, RefundReason
from gorder.order.reconciliation import receive, wants
from gorder.order.staff import close_for_shop, noted
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
        Status.REFUNDED,
    },
    Status.WAITING_FOR_PAYMENT: {
        Status.PENDING,
        Status.PAID,
        Status.CANCELLED,
        Status.EXPIRED,
        Status.REFUNDED,
    },
    Status.PAID: {Status.COOKING, Status.COOKED, Status.REFUNDED},
    Status.COOKING: {Status.COOKED, Status.REFUNDED},
    Status.COOKED: {Status.REFUNDED},
    Status.CANCELLED: set[Status](),
    Status.EXPIRED: {Status.PAID},
    Status.REFUNDED: set[Status](),
}
PRICE = 1650


class OrderStateMachine(RuleBasedStateMachine):
    """One order and its operations: repeated, late, wrong, out of order."""

    @initialize()
    def place(self) -> None:
        self.order = pending()
        self.recorded: set[str] = {event.event_id for event in self.order.outbox}
        self.delivered: set[str] = set()
        self.amounts: dict[str, int] = {}

    @rule(session_id=SESSIONS, at=TIMES)
    def await_payment(self, session_id: str, at: datetime) -> None:
        self.change(self.order.await_payment(session_id, f"https://pay/{session_id}", at))

    @rule(attempt=st.integers(1, 3), expires_at=TIMES)
    def retry_checkout(self, attempt: int, expires_at: datetime) -> None:
        self.change(self.order.retry_checkout(attempt, expires_at))

    @rule(
        session_id=SESSIONS,
        amount=st.sampled_from([0, PRICE - 1, PRICE, PRICE, PRICE, PRICE + 1]),
        refunded=st.sampled_from([0, 0, 0, 1, PRICE]),
        refund_status=st.sampled_from(["pending", "succeeded", "failed"]),
        dispute=st.sampled_from([None, None, None, "inquiry", "open", "won", "lost"]),
        has_units=st.booleans(),
        at=TIMES,
    )
    def receive(
        self,
        session_id: str,
        amount: int,
        refunded: int,
        refund_status: str,
        dispute: str | None,
        at: datetime,
        *,
        has_units: bool,
    ) -> None:
        amount = self.amounts.setdefault(session_id, amount)
        refunds: tuple[Refund, ...] = ()
        if 0 < refunded <= amount:
            refunds = (Refund(f"re_{refunded}", refunded, refund_status, "", "stripe", NOON),)
        stated = Payment(session_id, f"pi_{session_id}", amount, "eur", refunds, dispute)
        wanted = wants(self.order, stated)
        new = len(self.recorded)
        events = PaymentEvents(
            OutboxEvent(f"paid-{new}", "order.paid", at),
            OutboxEvent(f"due-{new}", "order.refund_due", at),
            OutboxEvent(f"refunded-{new}", "order.refunded", at),
            OutboxEvent(f"expired-{new}", "order.expired", at),
        )
        self.change(receive(self.order, stated, events, has_units=has_units))
        if wanted:
            assert (self.order.status is Status.PAID) == has_units
        assert receive(self.order, stated, events, has_units=has_units) is self.order

    @rule(session_id=SESSIONS, at=TIMES)
    def lose_page(self, session_id: str, at: datetime) -> None:
        new = len(self.recorded)
        events = PageEvents(
            OutboxEvent(f"created-{new}", "order.created", at),
            OutboxEvent(f"expired-{new}", "order.expired", at),
        )
        self.change(lose_page(self.order, session_id, at, events))

    @rule(at=TIMES)
    def begin_cooking(self, at: datetime) -> None:
        self.change(self.order.begin_cooking(at))
        assert self.order.status is not Status.PAID or self.order.is_disputed

    @rule(at=TIMES)
    def cook(self, at: datetime) -> None:
        cooked = OutboxEvent(f"cooked-{len(self.recorded)}", "order.cooked", at)
        try:
            self.change(self.order.cook(cooked))
        except IllegalTransitionError:
            assert not self.order.was_cooked
            assert self.order.status is not Status.PAID

    @rule(at=TIMES)
    def cancel(self, at: datetime) -> None:
        cancelled = OutboxEvent(f"cancelled-{len(self.recorded)}", "order.cancelled", at)
        try:
            self.change(self.order.cancel(cancelled))
        except OrderAlreadyPaid:
            assert self.order.payments
        except OrderClosed:
            assert self.order.status is Status.EXPIRED

    @rule(at=TIMES, by=st.sampled_from(["ann", "bob"]))
    def close_for_shop(self, at: datetime, by: str) -> None:
        cancelled = OutboxEvent(f"cancelled-{len(self.recorded)}", "order.cancelled", at)
        was_open, note = self.order.is_open, StaffNote("close_order", by, "no gas", at)
        self.change(close_for_shop(self.order, cancelled, note))
        assert was_open == (cancelled in self.order.outbox)
        assert not self.order.is_open
        if was_open:
            assert (self.order.reason, self.order.notes[-1]) == ("closed_by_shop", note)

    @rule(at=TIMES, by=st.sampled_from(["ann", "bob"]))
    def note(self, at: datetime, by: str) -> None:
        self.change(noted(self.order, StaffNote("close_order", by, "no gas", at)))
        assert by in {note.by for note in self.order.notes}

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
        assert after.notes[: len(before.notes)] == before.notes
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
        payment = self.order.payment
        reached = {change.status for change in self.order.history}
        assert (payment is not None) == bool(reached & {Status.PAID, Status.REFUNDED})
        if payment:
            assert (payment.amount, payment.currency) == (self.order.amount_total, "eur")

    @invariant()
    def every_other_payment_is_refunded(self) -> None:
        kept = [payment for payment in self.order.payments if not payment.refund_reason]
        assert len(kept) <= 1
        for payment in self.order.payments:
            assert payment.refund_due in {0, payment.amount - payment.refunded}
            if payment.refund_reason == RefundReason.WRONG_AMOUNT:
                assert payment.amount != PRICE

    @invariant()
    def a_refunded_order_has_lost_its_payment(self) -> None:
        if self.order.status in {Status.PAID, Status.COOKING, Status.COOKED}:
            assert not self.order.has_lost_its_payment

    @invariant()
    def it_does_not_contradict_itself(self) -> None:
        assert list(contradictions(self.order)) == []

    @invariant()
    def every_event_is_kept_until_it_is_delivered(self) -> None:
        assert {event.event_id for event in self.order.outbox} == self.recorded - self.delivered


OrderStateMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None
)
TestOrder = OrderStateMachine.TestCase
