"""The stock service's ports in memory. `tests/contract` compares them with the real adapters."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from gorder.stock.entries import Entry
from gorder.stock.model import (
    BookedUnits,
    Hold,
    Movement,
    Product,
    Reservation,
    ReservationState,
    Signature,
    StockItem,
)
from gorder.stock.pauses import Pause, Pauses, is_paused
from gorder.stock.ports import (
    Contended,
    Held,
    NotHeld,
    SettleAttempt,
    StockContentionError,
    StockTransaction,
)
from gorder.stock.reservation_plan import plan
from tests.fakes.stock_ledger import MemoryLedger

_IN_STOCK: Final = {
    ReservationState.HELD: True,
    ReservationState.RELEASED: True,
    ReservationState.RETURNED: True,
    ReservationState.CONFIRMED: False,
    ReservationState.WASTED: False,
}
"""Whether the units of a reservation in that state are on hand."""


_KINDS: Final = {
    (ReservationState.HELD, ReservationState.CONFIRMED): ("confirmed",),
    (ReservationState.HELD, ReservationState.RELEASED): ("released",),
    (ReservationState.HELD, ReservationState.WASTED): ("confirmed", "wasted"),
    (ReservationState.RELEASED, ReservationState.CONFIRMED): ("retaken", "confirmed"),
    (ReservationState.CONFIRMED, ReservationState.RETURNED): ("returned",),
    (ReservationState.CONFIRMED, ReservationState.WASTED): ("wasted",),
}
"""The movements of a change of state, by the states before and after."""


class LostRaceInMemoryError(Exception):
    """Another transaction changed what this one has read."""


@dataclass
class MemoryTransaction:
    """Implements `StockTransaction` on dictionaries, whose values are replaced and not changed."""

    stock: dict[str, StockItem] = field(default_factory=dict)
    reserved: dict[str, Reservation] = field(default_factory=dict)
    received: dict[str, dict[str, int]] = field(default_factory=dict)
    booked_by: dict[tuple[str, str], str | None] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str | None] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)  # of entries and orders
    paused: dict[str | None, Pause] = field(default_factory=dict)
    moved: dict[str, list[Movement]] = field(default_factory=dict)
    entered_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    archived: dict[str, list[Movement]] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def copied(self) -> "MemoryTransaction":
        """Return an independent copy."""
        return replace(
            self,
            stock=dict(self.stock),
            reserved=dict(self.reserved),
            received=dict(self.received),
            booked_by=dict(self.booked_by),
            reasons=dict(self.reasons),
            entries=dict(self.entries),
            signatures=dict(self.signatures),
            paused=dict(self.paused),
            moved=dict(self.moved),
            entered_at=dict(self.entered_at),
            archived=dict(self.archived),
        )

    def items(self, product_ids: Iterable[str], *, lock: bool = False) -> dict[str, StockItem]:  # noqa: ARG002 - there is one thread
        wanted = set(product_ids)
        return {key: item for key, item in self.stock.items() if key in wanted}

    def all_items(self) -> list[StockItem]:
        return [self.stock[key] for key in sorted(self.stock)]

    def menu(self, limit: int) -> list[StockItem]:
        listed = [i for i in self.stock.values() if i.product.active or is_paused(i.product)]
        return sorted(listed, key=_place)[:limit]

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        wanted = set(order_ids)
        return {key: found for key, found in self.reserved.items() if key in wanted}

    def hold(self, reservations: Sequence[Reservation]) -> None:
        for reservation in reservations:
            if reservation.order_id in self.reserved:
                raise LostRaceInMemoryError
            lines = tuple(sorted(reservation.lines, key=lambda line: line.product_id))
            self.reserved[reservation.order_id] = replace(reservation, lines=lines)
            for product_id, quantity in reservation.quantities.items():
                item = self.stock[product_id]
                if item.available < quantity:
                    raise LostRaceInMemoryError
                self.stock[product_id] = replace(item, held=item.held + quantity)
            self._move(("reserved",), reservation)

    def extend(self, reservations: Sequence[Reservation]) -> None:
        for reservation in reservations:
            kept = self.reserved[reservation.order_id]
            if not kept.is_held or kept.expires_at >= reservation.expires_at:
                raise LostRaceInMemoryError
            self.reserved[reservation.order_id] = replace(kept, expires_at=reservation.expires_at)

    def settle(
        self,
        reservation: Reservation,
        before: ReservationState = ReservationState.HELD,
        signature: Signature | None = None,
    ) -> None:
        if signature:
            self.signatures[reservation.order_id] = signature
        kept = self.reserved[reservation.order_id]
        if kept.state is not before or kept.expires_at != reservation.expires_at:
            raise LostRaceInMemoryError
        self.reserved[reservation.order_id] = reservation
        for product_id, quantity in reservation.quantities.items():
            item = self.stock[product_id]
            if before is ReservationState.RELEASED and item.available < quantity:
                raise LostRaceInMemoryError
            back = _IN_STOCK[reservation.state] - _IN_STOCK[before]
            freed = kept.is_held - reservation.is_held
            self.stock[product_id] = replace(
                item, held=item.held - quantity * freed, on_hand=item.on_hand + quantity * back
            )
        self._move(_KINDS[before, reservation.state], reservation, signature)

    def movements(self, order_id: str) -> list[Movement]:
        return list(self.moved.get(order_id, ()))

    def _move(
        self,
        kinds: Iterable[str],
        reservation: Reservation,
        signature: Signature | None = None,
    ) -> None:
        at = self.clock()
        by, reason = (signature.by, signature.reason) if signature else (None, None)
        moved = [
            Movement(line.product_id, kind, line.quantity, at, by, reason)
            for kind in kinds
            for line in reservation.lines
        ]
        self.moved[reservation.order_id] = [*self.moved.get(reservation.order_id, ()), *moved]

    def overdue(self, before: datetime, limit: int) -> list[str]:
        found = [r for r in self.reserved.values() if r.is_held and r.expires_at < before]
        return [r.order_id for r in sorted(found, key=lambda r: (r.expires_at, r.order_id))][:limit]

    def booked_units(
        self, kinds: Collection[str], begin: datetime, end: datetime
    ) -> list[BookedUnits]:
        sums: Counter[tuple[str, str, str | None]] = Counter()
        for product_id, kind, quantity, reason, at in self._booked():
            if kind in kinds and begin <= at < end:
                sums[product_id, kind, reason] += quantity
        return [
            BookedUnits(product_id, self.stock[product_id].product.name, kind, reason, quantity)
            for (product_id, kind, reason), quantity in sums.items()
        ]

    def _booked(self) -> Iterator[tuple[str, str, int, str | None, datetime]]:
        for key, entry in self.entries.items():
            reason = self.signatures[entry.entry_id].reason
            yield entry.product_id, entry.kind, entry.quantity, reason, self.entered_at[key]
        for order_id, moved in self.moved.items():
            signature = self.signatures.get(order_id)
            for each in moved:
                last = each.kind in {"returned", "wasted"} and signature
                reason = signature.reason if signature and last else None
                yield each.product_id, each.kind, each.quantity, reason, each.occurred_at

    def receipts(self, receipt_id: str) -> dict[str, int]:
        return dict(self.received.get(receipt_id, {}))

    def receive(
        self,
        receipt_id: str,
        product_id: str,
        quantity: int,
        by: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.booked_by[receipt_id, product_id] = by
        self.reasons[receipt_id, product_id] = reason
        booked = self.received.get(receipt_id, {})
        if product_id in booked:
            raise LostRaceInMemoryError
        self.received[receipt_id] = {**booked, product_id: quantity}
        item = self.stock[product_id]
        self.stock[product_id] = replace(item, on_hand=item.on_hand + quantity)

    def entry(self, entry_id: str, product_id: str) -> Entry | None:
        return self.entries.get((entry_id, product_id))

    def book(self, entry: Entry, signature: Signature) -> None:
        key = entry.entry_id, entry.product_id
        if key in self.entries:
            raise LostRaceInMemoryError
        self.entries[key] = entry
        self.entered_at[key] = self.clock()
        self.signatures[entry.entry_id] = signature
        item = self.stock[entry.product_id]
        self.stock[entry.product_id] = replace(item, on_hand=item.on_hand + entry.difference)

    def lock_catalogue(self) -> None:
        """Do nothing: there is one thread."""

    def save_products(self, products: Sequence[Product]) -> None:
        for saved in products:
            item = self.stock.get(saved.product_id, StockItem(saved))
            self.stock[saved.product_id] = replace(item, product=saved)

    def pauses(self) -> Pauses:
        products = {key: pause for key, pause in self.paused.items() if key is not None}
        return Pauses(self.paused.get(None), products)

    def pause(self, product_id: str | None, by: str, reason: str) -> None:
        self.paused[product_id] = Pause(datetime.now(UTC), by, reason)

    def resume(self, product_id: str | None, by: str, reason: str) -> None:  # noqa: ARG002 - kept by the table only
        self.paused.pop(product_id, None)


class MemoryStockStore(MemoryLedger):
    """A `StockStore` and a `StockLedger` that loses a chosen number of races.

    `locked` are products whose units another request changes now.
    """

    def __init__(self, *, races_to_lose: int = 0) -> None:
        super().__init__(MemoryTransaction())
        self.races_to_lose = races_to_lose
        self.locked: set[str] = set()

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        return self.run(lambda stock: self._try_hold(stock, holds, wait=wait))

    def _try_hold(
        self, stock: StockTransaction, holds: Sequence[Hold], *, wait: bool
    ) -> Held | NotHeld | Contended:
        product_ids = {product_id for hold in holds for product_id in hold.quantities}
        items = stock.items(product_ids)
        reservations = stock.reservations(hold.order_id for hold in holds)
        planned = plan(holds, items, reservations)
        new = [each for each in planned.outcomes if isinstance(each, Reservation)]
        if len(new) < len(holds) or len(planned.new) < len(holds):
            return NotHeld(items, reservations)
        if not wait and self.locked & product_ids:
            return Contended(self.locked & product_ids)
        stock.hold(new)
        return Held(new)

    def try_settle(
        self, order_id: str, state: ReservationState, overdue_at: datetime | None = None
    ) -> SettleAttempt:
        return self.run(lambda stock: _try_settle(stock, order_id, state, overdue_at))

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        for _ in range(5):
            attempt = self.kept.copied()
            try:
                result = work(attempt)
            except LostRaceInMemoryError:
                continue
            if self.races_to_lose:
                self.races_to_lose -= 1
                continue
            self.kept = attempt
            return result
        raise StockContentionError("lost every race")


def _place(item: StockItem) -> tuple[int, str, str]:
    product = item.product
    return product.details.position, product.name.casefold(), product.product_id


def _try_settle(
    stock: StockTransaction, order_id: str, state: ReservationState, overdue_at: datetime | None
) -> SettleAttempt:
    found = stock.reservations([order_id]).get(order_id)
    if found is None or not found.is_held or (overdue_at and found.expires_at >= overdue_at):
        return SettleAttempt(found, settled=False)
    settled = replace(found, state=state)
    stock.settle(settled)
    return SettleAttempt(settled, settled=True)
