"""A small shop with an order in every state, which a test corrupts by hand and restores."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from gorder.contracts.audit import Finding
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from gorder.stock.model import Price, Product, Reservation, ReservationState, ReservedLine
from gorder.stock.ports import StockTransaction
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.telemetry import MemoryTelemetry
from tests.integration.stock.database import StockDatabase

TABLES = (
    *("products", "stock", "reservations", "stock_movements", "archived_movements"),
    *("stock_checkpoints", "stock_audit", "suspect_orders"),
)
STATES = {
    "held": (),
    "confirmed": ("confirmed",),
    "released": ("released",),
    "retaken": ("released", "confirmed"),
    "returned": ("confirmed", "returned"),
    "given-back": ("released", "confirmed", "returned"),
    "wasted": ("confirmed", "wasted"),
    "wasted-held": ("wasted",),
    "wasted-again": ("released", "confirmed", "wasted"),
}
"""The orders of the shop, and the states that each reservation went through. Each has two lines."""
PRODUCTS = ("bread", "soup", "tea")
"""The orders have bread and soup. No order has tea."""


def save(new: Product, stock: StockTransaction) -> None:
    stock.save_products([new])


def receive(receipt: str, product_id: str, units: int, stock: StockTransaction) -> None:
    stock.receive(receipt, product_id, units)


def settle(after: Reservation, before: ReservationState, stock: StockTransaction) -> None:
    stock.settle(after, before)


class AuditedShop:
    """A migrated database with the orders."""

    def __init__(self, database: StockDatabase) -> None:
        self.database = database
        self.store = MysqlStockStore(database.connect)
        for table in TABLES[:-2]:
            database.rows(f"DELETE FROM {table}")  # noqa: S608 - the constants above
        for product_id in PRODUCTS:
            price = Price(f"price_{product_id}", 500, "eur")
            new = Product(product_id, product_id, price, active=True)
            self.store.run(partial(save, new))
            self.store.run(partial(receive, "opening", product_id, 100))
        for order_id, states in STATES.items():
            self._order(order_id, states)

    def _order(self, order_id: str, states: Sequence[str]) -> None:
        lines = tuple(
            ReservedLine(product_id, product_id, 2, Price(f"price_{product_id}", 500, "eur"))
            for product_id in ("bread", "soup")
        )
        before = Reservation(order_id, lines, datetime(2026, 12, 1, tzinfo=UTC))
        self.store.run(lambda stock: stock.hold([before]))
        for state in states:
            after = Reservation(order_id, lines, before.expires_at, ReservationState(state))
            self.store.run(partial(settle, after, before.state))
            before = after

    def grow_old(self) -> None:
        """Set all times back by an hour, and move the checkpoint over everything."""
        hour = "INTERVAL 1 HOUR"
        self.database.rows(
            f"UPDATE reservations SET reserved_at = reserved_at - {hour},"  # noqa: S608 - a constant
            f" settled_at = settled_at - {hour}"
        )
        self.database.rows(
            f"UPDATE stock_movements SET occurred_at = occurred_at - {hour}"  # noqa: S608 - a constant
        )
        assert self.audit() == []
        [(passed,)] = self.database.rows(
            "SELECT movement_id = (SELECT MAX(movement_id) FROM stock_movements) FROM stock_audit"
        )
        assert passed

    def audit(self, *, full: bool = False) -> Sequence[Finding]:
        handler = AuditStockHandler(store=self.store, telemetry=MemoryTelemetry())
        return handler(AuditStock(full=full))

    def subjects(self, *, full: bool = False) -> set[str]:
        return {finding.subject for finding in self.audit(full=full)}

    def saved(self) -> Callable[[], None]:
        """Return a function that brings every row back as it is now."""
        rows = {table: self.database.rows(f"SELECT * FROM {table}") for table in TABLES}  # noqa: S608 - constants

        def restore() -> None:
            self.database.rows("SET autocommit = 0")
            for table, kept in rows.items():
                self.database.rows(f"DELETE FROM {table}")  # noqa: S608 - a constant
                if kept:
                    row = f"({', '.join(['%s'] * len(kept[0]))})"
                    values = [value for each in kept for value in each]
                    sql = f"INSERT INTO {table} VALUES {', '.join([row] * len(kept))}"  # noqa: S608 - a constant
                    self.database.rows(sql, *values)
            self.database.rows("COMMIT")
            self.database.rows("SET autocommit = 1")

        return restore
