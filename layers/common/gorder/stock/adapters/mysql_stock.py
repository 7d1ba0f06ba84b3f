"""Keeps stock in MySQL or MariaDB: one connection, one transaction per call, bounded retries.

`mysql_transaction` has the statements, `mysql_procedures` the calls of procedures.
"""

import math
import random
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pymysql

from gorder.stock.adapters import mysql_audit
from gorder.stock.adapters.mysql_archive import archive
from gorder.stock.adapters.mysql_claims import claim, forget, largest_holds, withdraw
from gorder.stock.adapters.mysql_errors import MysqlFault, fault_of, is_login_defect, text_of
from gorder.stock.adapters.mysql_procedures import try_hold, try_settle
from gorder.stock.adapters.mysql_transaction import (
    LostRaceError,
    MysqlTransaction,
    OneStatementCursor,
)
from gorder.stock.archive import ArchivedBatch, ArchivePlace
from gorder.stock.audit import AddedUp, Balance, LedgerOrder, Sums
from gorder.stock.claims import Claimed, Client, ClientLimits, OpenHold
from gorder.stock.model import Hold, ReservationState
from gorder.stock.ports import (
    Contended,
    Held,
    NotHeld,
    SettleAttempt,
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
    StockTransaction,
)

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

_FIRST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.1


class MysqlStockStore:
    """Implements `StockStore`, `ClientClaims`, `StockLedger` and `StockArchive`.

    Not thread-safe: an execution environment has one and keeps it.
    """

    def __init__(
        self,
        connect: Callable[[], "Connection[Cursor]"],
        *,
        budget_seconds: float = 4.0,
        idle_seconds: float = math.inf,
    ) -> None:
        """Initialize the store without connecting.

        Args:
            connect: opens a connection with autocommit off and READ COMMITTED.
            budget_seconds: how long to repeat the work after lost races.
            idle_seconds: a connection that was not used for longer is replaced.
        """
        self._connect = connect
        self._budget_seconds = budget_seconds
        self._idle_seconds = idle_seconds
        self._used_at = 0.0
        self._connection: Connection[Cursor] | None = None

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        """Run the work in one transaction; run it again from the start if it lost a race.

        A connection that was lost, or whose server became read-only, is replaced once. This is safe
        even if it was lost during COMMIT: the work starts by reading, so it finds what it had
        written.

        Raises:
            StockContentionError: it lost every race within the time budget.
            StockStoreUnavailableError: the server is down, was lost twice, or has no room.
            StockStoreError: a defect.
        """

        def transaction(cursor: "Cursor") -> T:
            result = work(MysqlTransaction(cursor))
            cursor.connection.commit()
            return result

        return self._repeat(transaction)

    def in_transaction[T](self, statements: "Callable[[Cursor], T]", *, commit: bool = True) -> T:
        """Run statements of another adapter of this database. Raises what `run` raises."""

        def transaction(cursor: "Cursor") -> T:
            result = statements(cursor)
            (cursor.connection.commit if commit else cursor.connection.rollback)()
            return result

        return self._repeat(transaction)

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        """Call a procedure that holds them; call it again if it lost a race or the connection.

        Raises:
            StockContentionError, StockStoreUnavailableError, StockStoreError: like `run`.
        """
        return self._repeat(lambda cursor: try_hold(cursor, holds, wait=wait))

    def claim(self, client: Client, hold: Hold, limits: ClientLimits) -> Claimed:
        """Call the procedure `claim_units`; call it again if it lost a race or the connection.

        Raises:
            StockContentionError, StockStoreUnavailableError, StockStoreError: like `run`.
        """
        claim_id = uuid4().hex
        return self._repeat(lambda cursor: claim(cursor, claim_id, client, hold, limits))

    def withdraw(self, client: Client, claim_id: str) -> None:
        """Call the procedure `withdraw_claim`. Raises what `claim` raises."""
        self._repeat(lambda cursor: withdraw(cursor, client, claim_id))

    def largest_holds(self, limit: int) -> Sequence[OpenHold]:
        """Read every hold in one statement. Raises what `claim` raises."""
        return self._repeat(lambda cursor: largest_holds(cursor, limit))

    def forget(self, older_than: timedelta) -> bool:
        """Delete old claims in three statements. Raises what `claim` raises."""
        return self._repeat(lambda cursor: forget(cursor, older_than))

    def try_settle(
        self, order_id: str, state: ReservationState, overdue_at: datetime | None = None
    ) -> SettleAttempt:
        """Call the procedure `try_settle`; call it again if it lost a race or the connection.

        Raises:
            StockContentionError, StockStoreUnavailableError, StockStoreError: like `run`.
        """
        return self._repeat(lambda cursor: try_settle(cursor, order_id, state, overdue_at))

    # `StockLedger`: each method runs a function of `mysql_audit` like `run`.

    def advance(self, limit: int, age: timedelta) -> bool:
        return self._repeat(lambda cursor: mysql_audit.advance(cursor, limit, age))

    def suspect_recent(self, after: int | None, limit: int) -> int | None:
        return self._repeat(lambda cursor: mysql_audit.suspect_recent(cursor, after, limit))

    def suspect_held(self) -> None:
        self._repeat(mysql_audit.suspect_held)

    def suspect_any(self, limit: int) -> bool:
        return self._repeat(lambda cursor: mysql_audit.suspect_any(cursor, limit))

    def suspects(self, limit: int) -> Sequence[LedgerOrder]:
        return self._repeat(lambda cursor: mysql_audit.suspects(cursor, limit))

    def acquit(self, order_ids: Collection[str]) -> None:
        self._repeat(lambda cursor: mysql_audit.acquit(cursor, order_ids))

    def balances(self) -> Sequence[Balance]:
        return self._repeat(mysql_audit.balances)

    def add_up(self, before: AddedUp | None, limit: int) -> AddedUp:
        return self._repeat(lambda cursor: mysql_audit.add_up(cursor, before, limit))

    def replace_checkpoint(self, added_up: AddedUp) -> tuple[Sums, Sums] | None:
        return self._repeat(lambda cursor: mysql_audit.replace_checkpoint(cursor, added_up))

    def archive(self, before: datetime, after: ArchivePlace | None, limit: int) -> ArchivedBatch:
        """Delete movements in one transaction of ten statements at most. Raises like `run`."""
        return self._repeat(lambda cursor: archive(cursor, before, after, limit))

    def _repeat[T](self, transaction: "Callable[[Cursor], T]") -> T:
        deadline = time.monotonic() + self._budget_seconds
        pause = _FIRST_PAUSE_SECONDS
        replaced = False
        while True:
            try:
                return self._attempt(transaction)
            except LostRaceError as lost:
                race: Exception = lost
            except pymysql.MySQLError as error:
                fault = fault_of(error)
                if fault in {MysqlFault.LOST, MysqlFault.BUSY}:
                    self.close()
                if fault is MysqlFault.LOST and not replaced:
                    replaced = True
                    continue
                if fault is not MysqlFault.RACE:
                    raise _translated(error) from error
                race = error
            if time.monotonic() + pause > deadline:
                raise StockContentionError(
                    f"other requests changed the same stock for {self._budget_seconds} s; "
                    "repeat the request"
                ) from race
            # Jitter: requests that collided should not collide again.
            time.sleep(random.uniform(0, pause))  # noqa: S311 - not a secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def close(self) -> None:
        """Close the connection. The next call opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.open:
            connection.close()

    def _attempt[T](self, transaction: "Callable[[Cursor], T]") -> T:
        connection = self._connected()
        try:
            with connection.cursor(OneStatementCursor) as cursor:
                return transaction(cursor)
        except BaseException:
            self._roll_back()
            raise

    def _connected(self) -> "Connection[Cursor]":
        now = time.monotonic()
        if now - self._used_at > self._idle_seconds:
            self.close()
        self._used_at = now
        if self._connection is None:
            try:
                self._connection = self._connect()
            except pymysql.MySQLError as error:
                kind = StockStoreError if is_login_defect(error) else StockStoreUnavailableError
                raise kind(f"cannot connect to MySQL: {text_of(error)}") from error
        return self._connection

    def _roll_back(self) -> None:
        """Roll back, or close the connection if that fails."""
        try:
            if self._connection is not None:
                self._connection.rollback()
        except pymysql.MySQLError:
            self.close()


def _translated(error: pymysql.MySQLError) -> Exception:
    match fault_of(error):
        case MysqlFault.LOST:
            return StockStoreUnavailableError(f"lost MySQL twice: {text_of(error)}")
        case MysqlFault.BUSY:
            return StockStoreUnavailableError(f"MySQL has no room or time: {text_of(error)}")
    return StockStoreError(
        f"MySQL refused a statement: {text_of(error)}; check that all migrations are applied"
    )
