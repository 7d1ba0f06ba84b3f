"""The store of one process on the virtual database: what a reservation uses of `StockStore`."""

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from gorder.stock.model import Hold, Reservation, StockItem
from gorder.stock.ports import (
    Contended,
    Held,
    NotHeld,
    StockContentionError,
    StockStoreUnavailableError,
    StockTransaction,
)
from gorder.stock.reservation_plan import plan
from tests.fakes.stock import LostRaceInMemoryError, MemoryTransaction
from tests.simulation.faults import Fault
from tests.simulation.virtual_database import Commit, VirtualDatabase

if TYPE_CHECKING:
    from tests.simulation.process import VirtualProcess

BUDGET_SECONDS: Final = 4.0
"""How long lost races are repeated, as in `MysqlStockStore`."""


class LostConnectionError(Exception):
    """The call or its reply was lost."""


class VirtualTransaction(MemoryTransaction):
    """A transaction at READ COMMITTED: what it writes is seen by others after its commit.

    The methods of the base class read what is committed.
    """

    def __init__(self, process: "VirtualProcess", database: VirtualDatabase) -> None:
        kept = database.kept
        super().__init__(
            *(kept.stock, kept.reserved, kept.received, kept.booked_by), moved=kept.moved
        )
        self._process = process
        self._database = database
        self._restarts = database.restarts
        self._task = database.scheduler.current()
        self._keys: list[tuple[str, str]] = []
        self._new: list[Reservation] = []
        self._extended: list[Reservation] = []
        self.direct = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        for key in self._keys:
            self._database.unlock(key, self._task)

    def spend(self, seconds: float) -> None:
        """Let the server work. The transaction is lost if the server stops meanwhile."""
        self._database.scheduler.sleep(seconds)
        if self._restarts != self._database.restarts:
            raise LostConnectionError

    def lock(self, table: str, row: str, *, wait: bool = True) -> bool:
        self._keys.append((table, row))
        return self._database.lock((table, row), wait=wait)

    def insert(self, reservations: Sequence[Reservation]) -> None:
        """Insert reservations of new orders. Another insertion of an order is waited for.

        Raises:
            LostRaceInMemoryError: an order has a reservation.
        """
        inserted = set()
        for order_id in sorted(r.order_id for r in reservations):
            self.lock("reservations", order_id)
            if order_id in self.reserved or order_id in inserted:
                raise LostRaceInMemoryError
            inserted.add(order_id)
        self._new = list(reservations)

    def take(self) -> None:
        """Hold the units of the new reservations, whose rows are locked.

        Raises:
            LostRaceInMemoryError: there are not enough.
        """
        units: dict[str, int] = {}
        for reservation in self._new:
            for product_id, quantity in reservation.quantities.items():
                units[product_id] = units.get(product_id, 0) + quantity
        if any(self.stock[key].available < quantity for key, quantity in units.items()):
            raise LostRaceInMemoryError

    def commit(self) -> None:
        """Make the writes visible, after the time that this takes."""
        if self._new or self._extended:
            self.spend(self._database.costs.commit)
        MemoryTransaction.hold(self, self._new)
        MemoryTransaction.extend(self, self._extended)
        if self._new:
            orders = tuple(r.order_id for r in self._new)
            now = self._database.scheduler.now
            self._database.commits.append(Commit(now, orders, self.direct))
        for item in self.stock.values():
            assert 0 <= item.held <= item.on_hand, "oversold"


class RemoteTransaction(VirtualTransaction):
    """A transaction whose client sends each statement: a round trip each."""

    def items(self, product_ids: Iterable[str], *, lock: bool = False) -> dict[str, StockItem]:
        product_ids = sorted(product_ids)
        if lock:
            self._statement()
            for product_id in product_ids:
                self.lock("stock", product_id)
            self._return()
        self._statement()
        found = super().items(product_ids)
        self._return()
        return found

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        self._statement()
        found = super().reservations(order_ids)
        self._return()
        return found

    def hold(self, reservations: Sequence[Reservation]) -> None:
        holds = len(reservations)
        self._statement(holds)
        self.insert(reservations)
        self._return()
        self._statement()  # other lines of the orders
        self._return()
        self._statement(holds)  # the movements
        self._return()
        self._statement()
        for product_id in sorted({p for r in reservations for p in r.quantities}):
            self.lock("stock", product_id)
        self.take()
        self._return()

    def extend(self, reservations: Sequence[Reservation]) -> None:
        self._statement(len(reservations))
        for reservation in reservations:
            self.lock("reservations", reservation.order_id)
            kept = self.reserved[reservation.order_id]
            if not kept.is_held or kept.expires_at >= reservation.expires_at:
                raise LostRaceInMemoryError
        self._extended = list(reservations)
        self._return()

    def commit(self) -> None:
        self._process.sleep_one_way()
        self._database.round_trips += 1
        super().commit()

    def _statement(self, holds: int = 0) -> None:
        self._process.sleep_one_way()
        self._database.round_trips += 1
        costs = self._database.costs
        self.spend(costs.statement + costs.per_hold * holds)

    def _return(self) -> None:
        self._process.sleep_one_way()


class VirtualStockStore:
    """Implements what a reservation uses of `StockStore`."""

    def __init__(self, process: "VirtualProcess", database: VirtualDatabase) -> None:
        self._process = process
        self._database = database

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        if wait:
            self._process.may_pause(Fault.LEADER_PAUSED_BEFORE_CALL)
        result = self._repeat(lambda: self._call(holds, wait=wait))
        if wait:
            self._process.may_die(Fault.LEADER_KILLED_AFTER_COMMIT)
        return result

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        return self._repeat(lambda: self._run(work))

    def _run[T](self, work: Callable[[StockTransaction], T]) -> T:
        self._require_server()
        with RemoteTransaction(self._process, self._database) as transaction:
            result = work(transaction)
            self._process.may_die(Fault.LEADER_KILLED_BEFORE_COMMIT)
            transaction.commit()
        self._receive()
        return result

    def _call(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        self._process.sleep_one_way()
        self._database.round_trips += 1
        if self._process.suffers(Fault.STORE_REQUEST_LOST):
            raise LostConnectionError
        self._require_server()
        with VirtualTransaction(self._process, self._database) as transaction:
            transaction.direct = not wait
            result = self._hold(transaction, holds, wait=wait)
        self._receive()
        return result

    def _hold(
        self, transaction: VirtualTransaction, holds: Sequence[Hold], *, wait: bool
    ) -> Held | NotHeld | Contended:
        """Do what the procedure `try_hold` does."""
        costs = self._database.costs
        transaction.spend(costs.statement + costs.per_hold * len(holds))
        product_ids = sorted({p for hold in holds for p in hold.quantities})
        items = transaction.items(product_ids)
        known = {h.order_id: r for h in holds if (r := transaction.reserved.get(h.order_id))}
        planned = [o for hold in holds for o in plan([hold], items, known).outcomes]
        new = [each for each in planned if isinstance(each, Reservation)]
        if known or len(new) < len(holds):
            return NotHeld(items, known)
        try:
            transaction.insert(new)
            if not wait:
                locked = [p for p in product_ids if not transaction.lock("stock", p, wait=False)]
                if locked:
                    return Contended(locked)
            for product_id in product_ids:
                transaction.lock("stock", product_id)
            transaction.spend(costs.statement)
            transaction.take()
        except LostRaceInMemoryError:
            items = transaction.items(product_ids)
            return NotHeld(items, transaction.reservations(h.order_id for h in holds))
        if wait:
            self._process.may_die(Fault.LEADER_KILLED_BEFORE_COMMIT)
        transaction.commit()
        return Held(new)

    def _repeat[T](self, attempt: Callable[[], T]) -> T:
        scheduler = self._database.scheduler
        deadline = scheduler.now + BUDGET_SECONDS
        replaced = False
        pause = 0.002
        while True:
            try:
                return attempt()
            except LostConnectionError as error:
                if replaced:
                    raise StockStoreUnavailableError("lost the store twice") from error
                replaced = True
                continue
            except LostRaceInMemoryError as race:
                if scheduler.now + pause > deadline:
                    raise StockContentionError("lost every race") from race
            scheduler.sleep(scheduler.random.uniform(0, pause))
            pause = min(2 * pause, 0.1)

    def _require_server(self) -> None:
        if self._database.down:
            raise StockStoreUnavailableError("cannot connect to the store")

    def _receive(self) -> None:
        if self._process.suffers(Fault.STORE_REPLY_LOST):
            raise LostConnectionError
        self._process.sleep_one_way()
