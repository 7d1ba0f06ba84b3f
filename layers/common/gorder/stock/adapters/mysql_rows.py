"""Rows of the stock tables, as objects of the model and back."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any, Final

from gorder.errors import LaterReleaseError
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import (
    Price,
    Product,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
)

type Row = tuple[Any, ...]

PRODUCT_COLUMNS: Final = (
    *("product_id", "name", "price_id", "unit_amount", "currency", "active", "unusable"),
    *("description", "image", "category", "menu_position"),
)


def to_item(row: Row) -> StockItem:
    """Return the item of a row: its product's columns, `on_hand` and `held`."""
    *product, on_hand, held = row
    return StockItem(to_product(product), on_hand, held)


def to_product(row: Sequence[Any]) -> Product:
    """Return the product of `PRODUCT_COLUMNS`. The procedures select them without the details."""
    product_id, name, price_id, unit_amount, currency, active, reason, *details = row
    price = None if price_id is None else Price(price_id, unit_amount, currency)
    return Product(product_id, name, price, bool(active), reason, MenuDetails(*details))


def to_reservations(rows: Iterable[Row]) -> dict[str, Reservation]:
    """Return the reservations by order. Each row is a line; it begins with the order's id.

    Raises:
        LaterReleaseError: one has a state of a later release.
    """
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row[0], []).append(row)
    return {order_id: _reservation(own) for order_id, own in lines.items()}


def _reservation(rows: Sequence[Row]) -> Reservation:
    order_id, _, expires_at = rows[0][:3]
    states = {_state(order_id, row[1]) for row in rows}
    return Reservation(
        order_id=order_id,
        lines=tuple(
            ReservedLine(product_id, name, quantity, Price(*price))
            for _, _, _, product_id, name, quantity, *price in rows
        ),
        expires_at=expires_at.replace(tzinfo=UTC),
        state=states.pop(),
    )


def _state(order_id: str, state: str) -> ReservationState:
    if state not in ReservationState:
        raise LaterReleaseError(
            f"the reservation of order {order_id} is {state}, a state of a later release"
        )
    return ReservationState(state)


def from_line(reservation: Reservation, line: ReservedLine) -> Row:
    """Return the row of a line in `reservations`."""
    return (
        reservation.order_id,
        line.product_id,
        line.quantity,
        reservation.state.value,
        naive_utc(reservation.expires_at),
        line.name,
        line.price.price_id,
        line.price.unit_amount,
        line.price.currency,
    )


def from_product(product: Product) -> Row:
    """Return `PRODUCT_COLUMNS` of a product."""
    price = product.price
    columns = (price.price_id, price.unit_amount, price.currency) if price else (None, None, None)
    state = (product.active, product.unusable_reason)
    return (product.product_id, product.name, *columns, *state, *astuple(product.details))


def naive_utc(moment: datetime) -> datetime:
    """Return the time as its column keeps it: PyMySQL writes the digits and drops the zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
