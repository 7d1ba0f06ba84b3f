"""Products and reservations of the contract tests of StockStore."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from gorder.stock.model import (
    Product,
    Reservation,
    ReservedLine,
)
from gorder.stock.ports import StockStore, StockTransaction
from tests.fakes.products import product

EXPIRES = datetime(2026, 12, 1, 12, 30, 15, 123456, tzinfo=UTC)


def new_product(store: StockStore, units: int) -> Product:
    """Save a new product and receive units of it."""
    new = product()
    store.run(lambda stock: stock.save_products([new]))
    if units:
        store.run(lambda stock: stock.receive(uuid4().hex, new.product_id, units))
    return new


def level(store: StockStore, of: Product) -> tuple[int, int]:
    """Return the units on hand and held."""
    item = store.run(lambda stock: stock.items([of.product_id]))[of.product_id]
    return item.on_hand, item.held


def new_reservation(*quantities: tuple[Product, int], order_id: str | None = None) -> Reservation:
    lines = sorted(
        (
            ReservedLine(p.product_id, p.name, quantity, p.price)
            for p, quantity in quantities
            if p.price is not None
        ),
        key=lambda line: line.product_id,
    )
    return Reservation(order_id or uuid4().hex, tuple(lines), EXPIRES)


def extend(stock: StockTransaction, reservations: Sequence[Reservation]) -> None:
    stock.extend(reservations)


def found(store: StockStore, order_id: str) -> Reservation | None:
    return store.run(lambda stock: stock.reservations([order_id])).get(order_id)
