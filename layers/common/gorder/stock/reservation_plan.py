"""Decide which holds can be served from the units that are available."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gorder.stock.model import Hold, Reservation, ReservedLine, StockItem
from gorder.stock.refusals import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    Shortfall,
    StockRefusal,
    UnknownProductRefusal,
)

type ReserveOutcome = Reservation | StockRefusal


@dataclass(slots=True)
class ReservationPlan:
    """The outcome of each hold, and the reservations to write.

    `outcomes` has the sequence of the holds. `new` is to be added; `extended`, by order, is to be
    held for longer.
    """

    outcomes: list[ReserveOutcome] = field(default_factory=list)
    new: list[Reservation] = field(default_factory=list)
    extended: dict[str, Reservation] = field(default_factory=dict)

    @property
    def takes_last_units(self) -> bool:
        """Whether a new reservation takes units of a product that another hold is refused for."""
        taken = {product_id for reservation in self.new for product_id in reservation.quantities}
        short = {
            shortfall.product_id
            for outcome in self.outcomes
            if isinstance(outcome, InsufficientStockRefusal)
            for shortfall in outcome.shortfalls
        }
        return not taken.isdisjoint(short)


def plan(
    holds: Sequence[Hold],
    items: Mapping[str, StockItem],
    reservations: Mapping[str, Reservation],
) -> ReservationPlan:
    """Decide each hold, in the given sequence, on the units that the holds before it left.

    Args:
        holds: each is served completely or not at all. Several may be for one order.
        items: the products of the holds that exist, by id.
        reservations: those that the orders of the holds have already, by order id.
    """
    planned = ReservationPlan()
    known = dict(reservations)
    available = {product_id: item.available for product_id, item in items.items()}
    for hold in holds:
        earlier = known.get(hold.order_id)
        try:
            reservation = earlier.matching(hold) if earlier else _reserve(hold, items, available)
        except StockRefusal as refusal:
            planned.outcomes.append(refusal)
            continue
        planned.outcomes.append(reservation)
        known[hold.order_id] = reservation
        if earlier is None:
            planned.new.append(reservation)
            for product_id, quantity in hold.quantities.items():
                available[product_id] -= quantity
        elif reservation.is_held and reservation.expires_at > earlier.expires_at:
            planned.extended[hold.order_id] = reservation
    return planned


def _reserve(
    hold: Hold, items: Mapping[str, StockItem], available: Mapping[str, int]
) -> Reservation:
    wanted = hold.quantities.items()
    if unknown := [
        Shortfall(product_id, quantity)
        for product_id, quantity in wanted
        if product_id not in items
    ]:
        raise UnknownProductRefusal("the catalogue has no such product", unknown)
    lines = _lines(hold, items)
    if len({line.price.currency for line in lines}) > 1:
        raise MixedCurrenciesRefusal("the products are priced in several currencies")
    if short := [
        Shortfall(product_id, quantity, available[product_id])
        for product_id, quantity in wanted
        if available[product_id] < quantity
    ]:
        raise InsufficientStockRefusal("not enough units are available", short)
    return Reservation(hold.order_id, lines, hold.expires_at)


def _lines(hold: Hold, items: Mapping[str, StockItem]) -> tuple[ReservedLine, ...]:
    """Return the lines at the products' present prices.

    Raises:
        InactiveProductRefusal: a product cannot be ordered.
    """
    lines: list[ReservedLine] = []
    inactive: list[Shortfall] = []
    for product_id, quantity in hold.quantities.items():
        product = items[product_id].product
        if product.active and product.price:
            lines.append(ReservedLine(product_id, product.name, quantity, product.price))
        else:
            inactive.append(Shortfall(product_id, quantity, reason=product.unusable_reason))
    if inactive:
        raise InactiveProductRefusal("the product cannot be ordered now", inactive)
    return tuple(lines)
