"""What stock is and who may have it: pure rules, decided from what was read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gorder.errors import BusinessError


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs. `unit_amount` is in the currency's minor unit."""

    price_id: str
    unit_amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue. Without a price nobody can order it, so it is inactive.

    `unusable` says why, if its source calls it active all the same.
    """

    product_id: str
    name: str
    price: Price | None
    active: bool
    unusable: str | None = None

    def __post_init__(self) -> None:
        if self.active and self.price is None:
            raise ValueError(f"{self.product_id} is active but has no price")


@dataclass(frozen=True, slots=True)
class StockItem:
    """A product and its units: `on_hand` in the house, `held` of them for orders not yet paid."""

    product: Product
    on_hand: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        """Units that can be promised to somebody new."""
        return self.on_hand - self.held


@dataclass(frozen=True, slots=True)
class Drift:
    """A product whose units are not what was written of them: somebody wrote past the rules.

    `moved_` is what its movements add up to, `reserved` what its open reservations do.
    """

    product_id: str
    on_hand: int
    held: int
    moved_on_hand: int
    moved_held: int
    reserved: int


class ReservationState(StrEnum):
    """Held until paid for (confirmed) or given up (released); the last two are final."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A line that could not be served. `available` is None for a product nobody can order.

    `reason` says why nobody can, where that is known.
    """

    product_id: str
    requested: int
    available: int | None = None
    reason: str | None = None


class StockRefusal(BusinessError):
    """The stock service's no: the caller's concern, never worth a retry."""

    status = 409
    code = "stock_refused"

    def __init__(self, message: str, shortfalls: Sequence[Shortfall] = ()) -> None:
        """Keep the lines that the refusal is about."""
        super().__init__(message)
        self.shortfalls = tuple(shortfalls)


class UnknownProductRefusal(StockRefusal):
    """The catalogue has no such product."""


class InactiveProductRefusal(StockRefusal):
    """The product is in the catalogue but cannot be ordered."""


class MixedCurrenciesRefusal(StockRefusal):
    """The lines have prices in several currencies, so they have no one total."""


class InsufficientStockRefusal(StockRefusal):
    """Fewer units are available than were asked for."""


class ReservationNotFound(StockRefusal):
    """Nothing was ever reserved for this order."""


class ReservationReleased(StockRefusal):
    """The order's units were given back."""


class ReservationConfirmed(StockRefusal):
    """The order's units are sold."""


class ReservationDiffers(StockRefusal):
    """The order has a reservation with other lines."""


class ReservationNotOverdue(StockRefusal):
    """The order may keep its units for longer."""


class ReceiptDiffers(StockRefusal):
    """The receipt was booked with another quantity."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A wish: units by product, for one order, until `expires_at`."""

    order_id: str
    quantities: Mapping[str, int]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """Units held of one product, with the name and price of the moment they were reserved."""

    product_id: str
    name: str
    quantity: int
    price: Price


@dataclass(frozen=True, slots=True)
class Reservation:
    """What an order holds, or held."""

    order_id: str
    lines: tuple[ReservedLine, ...]
    expires_at: datetime
    state: ReservationState = ReservationState.HELD

    @property
    def is_held(self) -> bool:
        """Whether its units wait for a payment."""
        return self.state is ReservationState.HELD

    @property
    def quantities(self) -> dict[str, int]:
        """Units by product."""
        return {line.product_id: line.quantity for line in self.lines}

    def confirm(self) -> "Reservation":
        """Sell the held units; confirmed already is fine.

        Raises:
            ReservationReleased: the units were given back.
        """
        if self.state is ReservationState.RELEASED:
            raise ReservationReleased(f"the stock of order {self.order_id} was released")
        return replace(self, state=ReservationState.CONFIRMED)

    def release(self, overdue_at: datetime | None = None) -> "Reservation":
        """Give the held units back; released already is fine.

        Raises:
            ReservationConfirmed: the units are sold.
            ReservationNotOverdue: the hold had not ended by `overdue_at`.
        """
        if self.state is ReservationState.CONFIRMED:
            raise ReservationConfirmed(f"the stock of order {self.order_id} is sold")
        if self.is_held and overdue_at and self.expires_at >= overdue_at:
            raise ReservationNotOverdue(f"the stock of order {self.order_id} is held for longer")
        return replace(self, state=ReservationState.RELEASED)

    def matching(self, hold: Hold) -> "Reservation":
        """Answer the same wish again: lines in the sequence asked for, held for no less long.

        Raises:
            ReservationReleased: the units were given back.
            ReservationDiffers: the wish is another one.
        """
        if self.state is ReservationState.RELEASED:
            raise ReservationReleased(f"the stock of order {self.order_id} was released")
        if self.quantities != dict(hold.quantities):
            raise ReservationDiffers(f"order {self.order_id} is reserved with other lines")
        lines = {line.product_id: line for line in self.lines}
        return replace(
            self,
            lines=tuple(lines[product_id] for product_id in hold.quantities),
            expires_at=max(self.expires_at, hold.expires_at),
        )


@dataclass(slots=True)
class Plan:
    """What becomes of each hold, in sequence; which reservations are new, and which held longer."""

    outcomes: list[Reservation | StockRefusal] = field(default_factory=list)
    new: list[Reservation] = field(default_factory=list)
    prolonged: dict[str, Reservation] = field(default_factory=dict)


def plan(
    holds: Sequence[Hold],
    items: Mapping[str, StockItem],
    reservations: Mapping[str, Reservation],
) -> Plan:
    """Serve the holds in sequence, each all or none, from what the ones before it left."""
    result = Plan()
    known = dict(reservations)
    left = {product_id: item.available for product_id, item in items.items()}
    for hold in holds:
        try:
            if earlier := known.get(hold.order_id):
                known[hold.order_id] = again = earlier.matching(hold)
                result.outcomes.append(again)
                if again.is_held and again.expires_at > earlier.expires_at:
                    result.prolonged[again.order_id] = again
                continue
            reservation = _serve(hold, items, left)
        except StockRefusal as refused:
            result.outcomes.append(refused)
            continue
        for product_id, quantity in hold.quantities.items():
            left[product_id] -= quantity
        known[hold.order_id] = reservation
        result.outcomes.append(reservation)
        result.new.append(reservation)
    return result


def _serve(hold: Hold, items: Mapping[str, StockItem], left: Mapping[str, int]) -> Reservation:
    wanted = hold.quantities
    if unknown := [Shortfall(p, q) for p, q in wanted.items() if p not in items]:
        raise UnknownProductRefusal("the catalogue has no such product", unknown)
    lines = tuple(
        ReservedLine(p, items[p].product.name, quantity, price)
        for p, quantity in wanted.items()
        if (price := items[p].product.price) is not None and items[p].product.active
    )
    if len(lines) < len(wanted):
        served = {line.product_id for line in lines}
        inactive = [
            Shortfall(p, q, reason=items[p].product.unusable)
            for p, q in wanted.items()
            if p not in served
        ]
        raise InactiveProductRefusal("the product cannot be ordered now", inactive)
    if len({line.price.currency for line in lines}) > 1:
        raise MixedCurrenciesRefusal("the products are priced in several currencies")
    if short := [Shortfall(p, q, left[p]) for p, q in wanted.items() if left[p] < q]:
        raise InsufficientStockRefusal("not enough units are available", short)
    return Reservation(hold.order_id, lines, hold.expires_at)
