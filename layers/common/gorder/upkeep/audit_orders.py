"""Audit orders, their reservations and their payments: everything, or what has changed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gorder.contracts.audit import Checkpoint, Finding, StatedPayment
from gorder.contracts.telemetry import Telemetry
from gorder.upkeep.auditor import PAGE, UNDER_WAY, Auditor
from gorder.upkeep.ports import OrderBook, PaymentLedger, ReservationBook

_IDS: Final = 1000  # of reservations, in one page
_FIRST: Final = timedelta(days=1)  # that the first hourly run looks back
_OVERLAP: Final = UNDER_WAY + timedelta(minutes=15)
# A refund may fail, and a dispute is decided, long after it was made.
_REFUNDS: Final = timedelta(days=2)
_DISPUTES: Final = timedelta(days=120)
_BEGINNING: Final = datetime(2011, 1, 1, tzinfo=UTC)  # Stripe has nothing older
_SUBJECTS: Final = 200  # of findings that every hourly run looks at again


@dataclass(frozen=True, slots=True)
class AuditOrders:
    """Look at all orders, reservations and payments, or at what has changed.

    Attributes:
        full: whether to look at everything.
        begin_at: where a full audit that was not complete goes on.
        keeps: whether the next run begins where this one ends. Not for a full audit.
    """

    full: bool = False
    begin_at: str | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found, and how much it has looked at.

    `next` is the `begin_at` with which an audit that is not complete goes on.
    """

    findings: tuple[Finding, ...]
    orders: int
    reservations: int
    payments: int
    complete: bool
    next: str | None = None


@dataclass(frozen=True, slots=True)
class AuditOrdersHandler:
    """Compares the stores with each other and with Stripe. It changes none of them.

    Each finding is logged, because a repair would hide its cause.
    """

    orders: OrderBook
    reservations: ReservationBook
    ledger: PaymentLedger
    budget: timedelta
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def __call__(self, query: AuditOrders) -> AuditReport:
        """Look as long as the budget allows.

        Raises:
            An error of one of the services: nothing is lost, and the next run begins where this one
            began.
        """
        now = self.clock()
        auditor = Auditor(
            orders=self.orders,
            reservations=self.reservations,
            ledger=self.ledger,
            clock=self.clock,
            ends_at=now + self.budget,
            before=now - UNDER_WAY,
        )
        auditor.look_for_late_orders()
        if query.full:
            following = self._everything(auditor, query.begin_at or "")
            complete = following is None
        else:
            following = None
            complete = self._changes(auditor, now, keeps=query.keeps)
        for finding in auditor.found:
            self.telemetry.warning(
                "audit.finding", kind=finding.kind, subject=finding.subject, text=finding.text
            )
        return AuditReport(
            findings=tuple(auditor.found),
            orders=auditor.orders_seen,
            reservations=auditor.reservations_seen,
            payments=len(auditor.payments_seen),
            complete=complete,
            next=following,
        )

    def _everything(self, auditor: Auditor, begin_at: str) -> str | None:
        """Look at all payments, then reservations, then orders; return where to go on, if at all.

        The payments that a complete list had need not be asked for one by one.
        """
        part, _, place = begin_at.partition(":")
        if part in {"", "payments"}:
            until = auditor.before
            if place:
                until = datetime.fromtimestamp(int(place), UTC)
            last = auditor.look_at_payments(self.ledger.payments(_BEGINNING, until))
            if last is not None:
                return f"payments:{int(last.timestamp())}"
            place = ""
        if part in {"", "payments", "reservations"}:
            if (reached := _all_reservations(auditor, place)) is not None:
                return f"reservations:{reached}"
            place = ""
        reached = _all_orders(auditor, place)
        return None if reached is None else f"orders:{reached}"

    def _changes(self, auditor: Auditor, now: datetime, *, keeps: bool) -> bool:
        """Look at what has changed, and go on with the rest; return whether the former was done."""
        reached = self.orders.checkpoint()
        since = (reached.since or now - _FIRST) - _OVERLAP
        _subjects(auditor, reached.subjects)
        done = auditor.look_at_payments(self._listed(since, auditor.before)) is None
        done = done and _changed_orders(auditor, since)
        if done:
            reached = replace(_rest(auditor, reached), since=now)
        if keeps:
            subjects = dict.fromkeys(finding.subject for finding in auditor.found)
            self.orders.keep_checkpoint(replace(reached, subjects=tuple(subjects)[:_SUBJECTS]))
            self.telemetry.gauge("AuditFindings", len(auditor.found))
        return done

    def _listed(self, since: datetime, until: datetime) -> Iterator[StatedPayment]:
        yield from self.ledger.payments(since, until)
        yield from self.ledger.refunded(min(since, until - _REFUNDS), until)
        yield from self.ledger.disputed(min(since, until - _DISPUTES), until)


def _subjects(auditor: Auditor, subjects: Iterable[str]) -> None:
    """Look again at what was found before, so that a finding stays until it is corrected."""
    named: dict[str, list[str]] = {}
    for subject in subjects:
        kind, _, name = subject.partition(" ")
        named.setdefault(kind, []).append(name)
    page = auditor.orders.named(named.get("order", ()))
    auditor.look_at_orders(page)
    auditor.look_for_payments_of(page.orders)
    auditor.look_at_reservations(named.get("reservation", ()))
    stated = (auditor.ledger.payment(name) for name in named.get("payment", ()))
    auditor.look_at_payments(payment for payment in stated if payment is not None)


def _changed_orders(auditor: Auditor, since: datetime) -> bool:
    begin: datetime | None = since
    while begin is not None:
        if auditor.must_end:
            return False
        page, begin = auditor.orders.changed(begin, PAGE)
        auditor.look_at_orders(page)
        if auditor.look_for_payments_of(page.orders) is not None:
            return False
    return True


def _rest(auditor: Auditor, reached: Checkpoint) -> Checkpoint:
    """Look at further reservations and orders, whenever they were changed; begin again at the end.

    This finds a change by hand of an order that has not changed otherwise.
    """
    half = auditor.clock() + (auditor.ends_at - auditor.clock()) / 2
    ends_at, auditor.ends_at = auditor.ends_at, half
    reserved = _all_reservations(auditor, reached.reserved_id)
    auditor.ends_at = ends_at
    order_id = _all_orders(auditor, reached.order_id, asks=False)
    return replace(reached, reserved_id=reserved or "", order_id=order_id or "")


def _all_reservations(auditor: Auditor, after: str) -> str | None:
    """Look at reservations by order id; return where to go on if the run must end."""
    while not auditor.must_end:
        order_ids = auditor.reservations.order_ids(after, _IDS)
        auditor.look_at_reservations(order_ids)
        if len(order_ids) < _IDS:
            return None
        after = order_ids[-1]
    return after


def _all_orders(auditor: Auditor, after: str, *, asks: bool = True) -> str | None:
    """Look at orders by id; return where to go on if the run must end.

    `asks`: whether to ask Stripe for each recorded payment that no list had.
    """
    while not auditor.must_end:
        page = auditor.orders.page(after, PAGE)
        auditor.look_at_orders(page)
        if asks and (done := auditor.look_for_payments_of(page.orders)) is not None:
            return done or after
        if page.next is None:
            return None
        after = page.next
    return after
