"""Find what contradicts itself in the stock."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gorder.contracts.audit import Finding
from gorder.contracts.telemetry import Telemetry
from gorder.stock.audit import LONGEST_TRANSACTION, checkpoint_findings
from gorder.stock.audit_ports import StockLedger
from gorder.stock.ports import StockContentionError

READING_SECONDS: Final = 60.0
PAGE: Final = 5000
_SUM_PAGE: Final = 50_000  # movements that a statement adds up
_MOST_ORDERS: Final = 200  # that are described


@dataclass(frozen=True, slots=True)
class AuditStock:
    """Find what contradicts itself: in what has moved since the last audit, or (`full`) in all."""

    full: bool = False


@dataclass(frozen=True, slots=True)
class AuditStockHandler:
    """Compares units with movements, and reservations with movements. It repairs nothing.

    Args:
        store: the stock.
        telemetry: gets the number of findings, and a line of each.
        reading_seconds: how long pages are read. The next audit continues.
        page: how many movements or reservations a statement reads.
        clock: returns seconds.
    """

    store: StockLedger
    telemetry: Telemetry
    reading_seconds: float = READING_SECONDS
    page: int = PAGE
    clock: Callable[[], float] = time.monotonic

    def __call__(self, query: AuditStock) -> Sequence[Finding]:
        """Return the findings of products and orders; record how many there are, and log each.

        An order with a finding is checked by every audit until it agrees.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        ends_at = self.clock() + self.reading_seconds
        self._pass_old_movements(ends_at)
        findings = [*self._read_everything(ends_at)] if query.full else []
        self._suspect_recent(ends_at)
        self.store.suspect_held()
        findings += self._of_suspects()
        findings += [each for balance in self.store.balances() for each in balance.findings()]
        self.telemetry.gauge("StockDrift", len(findings))
        for finding in findings:
            self.telemetry.warning(
                "audit.finding", kind=finding.kind, subject=finding.subject, text=finding.text
            )
        return findings

    def _pass_old_movements(self, ends_at: float) -> None:
        try:
            while self.store.advance(self.page, LONGEST_TRANSACTION) and self.clock() < ends_at:
                pass
        except StockContentionError as error:
            self.telemetry.warning("audit.checkpoint_not_moved", reason=str(error))

    def _suspect_recent(self, ends_at: float) -> None:
        last = self.store.suspect_recent(None, self.page)
        while last is not None and self.clock() < ends_at:
            last = self.store.suspect_recent(last, self.page)
        if last is not None:
            self.telemetry.warning("audit.not_all_read", after_movement=last)

    def _read_everything(self, ends_at: float) -> Iterator[Finding]:
        replaced = self._replace_checkpoint(ends_at)
        yield from replaced or ()
        more = self.store.suspect_any(self.page)
        while more and self.clock() < ends_at:
            more = self.store.suspect_any(self.page)
        if more or replaced is None:
            yield Finding(
                "audit_incomplete", "stock", "not everything was read in time: run it again"
            )

    def _replace_checkpoint(self, ends_at: float) -> Sequence[Finding] | None:
        """Add up everything, again if movements are changed meanwhile; None if time is over."""
        while True:
            added_up = self.store.add_up(None, _SUM_PAGE)
            while added_up.more and self.clock() < ends_at:
                added_up = self.store.add_up(added_up, _SUM_PAGE)
            if added_up.more:
                return None
            replaced = self.store.replace_checkpoint(added_up)
            if replaced is not None:
                return [*added_up.archive_findings(), *checkpoint_findings(*replaced)]
            if self.clock() >= ends_at:
                return None

    def _of_suspects(self) -> Iterator[Finding]:
        orders = self.store.suspects(_MOST_ORDERS)
        by_order = {order.order_id: [*order.findings()] for order in orders}
        self.store.acquit([order_id for order_id, found in by_order.items() if not found])
        for found in by_order.values():
            yield from found
        if len(orders) == _MOST_ORDERS:
            yield Finding(
                "more_orders", "stock", f"only the first {_MOST_ORDERS} suspect orders are listed"
            )
