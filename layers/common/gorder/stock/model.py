"""The rules of stock: products, their units, and reservations. Pure decisions, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from gorder.constraints import MAX_UNITS
from gorder.stock.menu_details import MenuDetails
from gorder.stock.refusals import (
    InsufficientStockRefusal,
    ReservationConfirmed,
    ReservationDiffers,
    ReservationNotOverdue,
    ReservationReleased,
    ReservationReturned,
    Shortfall,
    TooManyUnits,
)


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one unit. `unit_amount` is in the currency's minor unit."""

    price_id: str
    unit_amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue. One without a price cannot be ordered, so it is inactive.

    `unusable_reason` says why a product that its source calls active cannot be ordered here.
    """

    product_id: str
    name: str
    price: Price | None
    active: bool
    unusable_reason: str | None = None
    details: MenuDetails = field(default_factory=MenuDetails)

    def __post_init__(self) -> None:
        if self.active and self.price is None:
            raise ValueError(f"{self.product_id} is active but has no price")


@dataclass(frozen=True, slots=True)
class StockItem:
    """A product and its units: `on_hand` in stock, `held` of them for orders not yet paid."""

    product: Product
    on_hand: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        """Units that another order can hold."""
        return self.on_hand - self.held

    def require_room(self, quantity: int) -> None:
        """Check that so many more units can be in stock.

        Raises:
            TooManyUnits: there would be more than MAX_UNITS.
        """
        if self.on_hand + quantity > MAX_UNITS:
            raise TooManyUnits(
                f"{self.product.product_id} has {self.on_hand} units; with {quantity} more it "
                f"would have more than {MAX_UNITS}: check the quantity"
            )


@dataclass(frozen=True, slots=True)
class Movement:
    """Units that an order has moved. `kind` may be one of a later release.

    `by` and `reason` are set if staff asked for it.
    """

    product_id: str
    kind: str
    quantity: int
    occurred_at: datetime
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BookedUnits:
    """The sum of movements of one kind and with one reason. `name` is the product's now."""

    product_id: str
    name: str
    kind: str
    reason: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Who asked for a change, and why."""

    by: str
    reason: str | None = None


class ReservationState(StrEnum):
    """Held until the order is paid (confirmed) or closed (released).

    A released reservation can still be confirmed, if its units are available. The units of a
    confirmed one can be returned to stock, or written off (wasted): these two states are final.
    """

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    RETURNED = "returned"
    WASTED = "wasted"


_GIVEN_BACK: Final = frozenset({ReservationState.RETURNED, ReservationState.WASTED})


@dataclass(frozen=True, slots=True)
class Hold:
    """The units to hold for one order until `expires_at`, by product."""

    order_id: str
    quantities: Mapping[str, int]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """Units held of one product, with its name and price when they were reserved."""

    product_id: str
    name: str
    quantity: int
    price: Price


@dataclass(frozen=True, slots=True)
class Reservation:
    """The units that an order holds or held."""

    order_id: str
    lines: tuple[ReservedLine, ...]
    expires_at: datetime
    state: ReservationState = ReservationState.HELD

    @property
    def is_held(self) -> bool:
        """True while the units wait for a payment."""
        return self.state is ReservationState.HELD

    @property
    def is_released(self) -> bool:
        """True if the units were freed before they were sold."""
        return self.state is ReservationState.RELEASED

    @property
    def quantities(self) -> dict[str, int]:
        """Units by product."""
        return {line.product_id: line.quantity for line in self.lines}

    def confirm(self) -> "Reservation":
        """Return the reservation with its units sold. It may be confirmed already.

        Raises:
            ReservationReleased: the units were released; `retake` takes them again.
            ReservationReturned: the units were returned or written off.
        """
        if self.is_released:
            raise ReservationReleased(f"the stock of order {self.order_id} was released")
        if self.state in _GIVEN_BACK:
            raise ReservationReturned(f"the stock of order {self.order_id} was {self.state}")
        return replace(self, state=ReservationState.CONFIRMED)

    def retake(self, items: Mapping[str, StockItem]) -> "Reservation":
        """Return a released reservation with its units taken again and sold.

        Raises:
            InsufficientStockRefusal: fewer units of a product are available.
        """
        available = {product_id: item.available for product_id, item in items.items()}
        if short := [
            Shortfall(product_id, quantity, available.get(product_id, 0))
            for product_id, quantity in self.quantities.items()
            if available.get(product_id, 0) < quantity
        ]:
            raise InsufficientStockRefusal("not enough units are available", short)
        return replace(self, state=ReservationState.CONFIRMED)

    def release(self, overdue_at: datetime | None = None) -> "Reservation":
        """Return the reservation with its units freed, unchanged if it holds none.

        Raises:
            ReservationConfirmed: the units are sold.
            ReservationNotOverdue: the hold had not ended by `overdue_at`.
        """
        if self.state is ReservationState.CONFIRMED:
            raise ReservationConfirmed(
                f"the stock of order {self.order_id} is sold: it can be returned or wasted"
            )
        if not self.is_held:
            return self
        if overdue_at and self.expires_at >= overdue_at:
            raise ReservationNotOverdue(
                f"the stock of order {self.order_id} is held until {self.expires_at.isoformat()}: "
                "close the order, or wait"
            )
        return replace(self, state=ReservationState.RELEASED)

    def return_units(self) -> "Reservation":
        """Return the reservation with its sold units back in stock, or its held units freed.

        Without such units it is unchanged.
        """
        after = {
            ReservationState.CONFIRMED: ReservationState.RETURNED,
            ReservationState.HELD: ReservationState.RELEASED,
        }
        return replace(self, state=after.get(self.state, self.state))

    def write_off(self) -> "Reservation":
        """Return the reservation with its sold or held units as waste.

        Without such units it is unchanged.
        """
        if self.is_held or self.state is ReservationState.CONFIRMED:
            return replace(self, state=ReservationState.WASTED)
        return self

    def matching(self, hold: Hold) -> "Reservation":
        """Return the reservation for a repeated hold, held until the later of both times.

        Its lines are in the sequence of the hold.

        Raises:
            ReservationReleased: the units were released, returned or written off.
            ReservationDiffers: the hold has other lines.
        """
        if self.is_released or self.state in _GIVEN_BACK:
            raise ReservationReleased(f"the stock of order {self.order_id} was {self.state}")
        if self.quantities != dict(hold.quantities):
            raise ReservationDiffers(f"order {self.order_id} is reserved with other lines")
        lines = {line.product_id: line for line in self.lines}
        return replace(
            self,
            lines=tuple(lines[product_id] for product_id in hold.quantities),
            expires_at=max(self.expires_at, hold.expires_at),
        )
