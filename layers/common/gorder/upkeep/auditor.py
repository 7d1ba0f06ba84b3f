"""Looks at orders, reservations and payments, and collects what it finds."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Final

from gorder.contracts.audit import AuditedOrder, AuditedPayment, Finding, OrderPage, StatedPayment
from gorder.upkeep.comparison import (
    against_payment,
    against_record,
    against_reservation,
    without_order,
)
from gorder.upkeep.ports import OrderBook, PaymentLedger, ReservationBook

# A younger change may be under way between the stores: a webhook, a message, a sweep.
UNDER_WAY: Final = timedelta(minutes=15)
# The sweep tries an order again after 8 minutes at most.
LATE: Final = timedelta(minutes=30)
MAX_FINDINGS: Final = 500  # of one run, so that it fits into an answer
PAGE: Final = 100


@dataclass(slots=True)
class Auditor:
    """One run of an audit.

    Attributes:
        ends_at: when no more pages are read.
        before: what was changed later is left out of comparisons between stores.
        payments_seen: the payments that a list had, each with its order.
    """

    orders: OrderBook
    reservations: ReservationBook
    ledger: PaymentLedger
    clock: Callable[[], datetime]
    ends_at: datetime
    before: datetime
    found: dict[Finding, None] = field(default_factory=dict)
    orders_seen: int = 0
    reservations_seen: int = 0
    payments_seen: dict[str, str | None] = field(default_factory=dict[str, str | None])

    @property
    def must_end(self) -> bool:
        """Whether its time is up, or it has found as much as it can answer."""
        return self.clock() >= self.ends_at or len(self.found) >= MAX_FINDINGS

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings, each once."""
        self.found |= dict.fromkeys(findings)

    def look_for_late_orders(self) -> None:
        """Find open orders past their time to pay, those that do not go on, and old events."""
        self.add(self.orders.late(self.clock() - LATE))

    def look_at_orders(self, page: OrderPage) -> None:
        """Look at the documents of a page, and compare them with their reservations."""
        self.orders_seen += page.count
        self.add(page.findings)
        reserved = self.reservations.reservations([order.order_id for order in page.orders])
        for order in page.orders:
            self.add(against_reservation(order, reserved.get(order.order_id), self.before))

    def look_for_payments_of(self, orders: Iterable[AuditedOrder]) -> str | None:
        """Ask Stripe for recorded payments that no list had.

        Returns:
            None if all are done. Otherwise, the id of the last order that is, or an empty text.
        """
        done = ""
        for order in orders:
            if order.changed_at > self.before:
                continue
            for recorded in order.payments:
                if recorded.payment not in self.payments_seen:
                    if self.must_end:
                        return done
                    self._ask_for(order.order_id, recorded)
                elif self.payments_seen[recorded.payment] not in {None, order.order_id}:
                    self.add(against_payment(order.order_id, recorded, None))
            done = order.order_id
        return None

    def _ask_for(self, order_id: str, recorded: AuditedPayment) -> None:
        stated = self.ledger.payment(recorded.payment)
        if stated is None or stated.order_id not in {None, order_id}:
            self.add(against_payment(order_id, recorded, None))
        elif stated.changed_at <= self.before:
            self.add(against_payment(order_id, recorded, stated.payment))

    def look_at_reservations(self, order_ids: Collection[str]) -> None:
        """Find reservations whose orders are not stored."""
        self.reservations_seen += len(order_ids)
        if missing := self.orders.missing(order_ids):
            for reservation in self.reservations.reservations(missing).values():
                self.add(without_order(reservation, self.before))

    def look_at_payments(self, listed: Iterable[StatedPayment]) -> datetime | None:
        """Compare payments with their orders.

        Returns:
            When the last payment was made that was looked at, if the run must end before the rest.
        """
        for batch in batched(listed, PAGE, strict=False):
            new = [each for each in batch if each.payment.payment not in self.payments_seen]
            self._compare([each for each in new if each.changed_at <= self.before])
            self.payments_seen |= {each.payment.payment: each.order_id for each in new}
            if self.must_end:
                return batch[-1].created_at
        return None

    def _compare(self, stated: Collection[StatedPayment]) -> None:
        order_ids = {each.order_id for each in stated if each.order_id is not None}
        stored = {order.order_id: order for order in self.orders.named(order_ids).orders}
        missing = self.orders.missing(order_ids - stored.keys())
        lost = [each for each in stated if each.order_id in missing and each.is_marked]
        kept = self.orders.unmatched([each.payment.payment for each in lost]) if lost else {}
        for each in lost:
            self.add(against_record(each, kept))
        for each in stated:
            order = stored.get(each.order_id) if each.order_id is not None else None
            if order is not None and order.changed_at <= self.before:
                self._compare_with(order, each)

    def _compare_with(self, order: AuditedOrder, stated: StatedPayment) -> None:
        own = (p for p in order.payments if p.payment == stated.payment.payment)
        self.add(against_payment(order.order_id, next(own, None), stated.payment))
