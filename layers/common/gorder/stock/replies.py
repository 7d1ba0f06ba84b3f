"""Map outcomes of the stock service to the replies of its contract."""

from collections.abc import Iterable, Sequence

from gorder.contracts.stock import (
    Availability,
    MenuListed,
    MovedUnits,
    MovementsListed,
    PricedLine,
    Refusal,
    Refused,
    RefusedLine,
    ReservationSettled,
    ReservationShown,
    Reserved,
    ReservedUnits,
    Settled,
    SettledState,
    StockReserved,
)
from gorder.stock.model import Hold, Movement, Price, Reservation, ReservationState, StockItem
from gorder.stock.pauses import is_paused
from gorder.stock.queries.list_menu import Menu
from gorder.stock.refusals import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    ReservationConfirmed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationNotOverdue,
    ReservationReleased,
    ReservationReturned,
    ShareRefusal,
    StockRefusal,
    UnknownProductRefusal,
    UnpaidOrdersRefusal,
)
from gorder.stock.reservation_plan import ReserveOutcome

REFUSALS: dict[type[StockRefusal], Refusal] = {
    UnknownProductRefusal: Refusal.UNKNOWN_PRODUCT,
    InactiveProductRefusal: Refusal.INACTIVE_PRODUCT,
    MixedCurrenciesRefusal: Refusal.MIXED_CURRENCIES,
    InsufficientStockRefusal: Refusal.INSUFFICIENT_STOCK,
    ReservationNotFound: Refusal.RESERVATION_NOT_FOUND,
    ReservationReleased: Refusal.RESERVATION_RELEASED,
    ReservationConfirmed: Refusal.RESERVATION_CONFIRMED,
    ReservationDiffers: Refusal.RESERVATION_DIFFERS,
    ReservationNotOverdue: Refusal.RESERVATION_NOT_OVERDUE,
    ReservationReturned: Refusal.RESERVATION_RETURNED,
    UnpaidOrdersRefusal: Refusal.TOO_MANY_UNPAID_ORDERS,
    ShareRefusal: Refusal.SHARE_EXCEEDED,
}
SETTLED: dict[ReservationState, SettledState] = {
    ReservationState.CONFIRMED: "confirmed",
    ReservationState.RELEASED: "released",
    ReservationState.RETURNED: "returned",
    ReservationState.WASTED: "wasted",
}


def stock_reserved(holds: Sequence[Hold], outcomes: Sequence[ReserveOutcome]) -> StockReserved:
    """Return the reply to a reservation request: the outcome of each hold."""
    return StockReserved(
        outcomes=tuple(
            _refused(hold.order_id, outcome)
            if isinstance(outcome, StockRefusal)
            else _reserved(outcome)
            for hold, outcome in zip(holds, outcomes, strict=True)
        )
    )


def reservation_settled(order_id: str, outcome: Reservation | StockRefusal) -> ReservationSettled:
    """Return the reply to a request that settles a reservation. None leaves it held."""
    if isinstance(outcome, StockRefusal):
        return ReservationSettled(outcome=_refused(order_id, outcome))
    return ReservationSettled(outcome=Settled(outcome=SETTLED[outcome.state], order_id=order_id))


def menu_listed(menu: Menu) -> MenuListed:
    """Return the reply to a request for the menu. Every item has a price, as a paused one has."""
    return MenuListed(
        paused=menu.is_shop_paused,
        products=tuple(
            _availability(item, price) for item in menu.items if (price := item.product.price)
        ),
    )


def _availability(item: StockItem, price: Price) -> Availability:
    product, details = item.product, item.product.details
    paused = is_paused(product)
    return Availability(
        product_id=product.product_id,
        name=product.name,
        unit_amount=price.unit_amount,
        currency=price.currency,
        active=product.active,
        available=0 if paused else item.available,
        description=details.description,
        image=details.image,
        category=details.category,
        paused=paused,
    )


def movements_listed(
    movements: Iterable[Movement], reservation: Reservation | None
) -> MovementsListed:
    """Return the reply to a request for the movements and the reservation of an order."""
    return MovementsListed(
        reservation=_shown(reservation) if reservation else None,
        movements=tuple(
            MovedUnits(
                product_id=movement.product_id,
                kind=movement.kind,
                quantity=movement.quantity,
                occurred_at=movement.occurred_at,
                by=movement.by,
                reason=movement.reason,
            )
            for movement in movements
        ),
    )


def _shown(reservation: Reservation) -> ReservationShown:
    return ReservationShown(
        state=reservation.state.value,
        held_until=reservation.expires_at,
        lines=tuple(
            ReservedUnits(product_id=line.product_id, quantity=line.quantity)
            for line in reservation.lines
        ),
    )


def _refused(order_id: str, refusal: StockRefusal) -> Refused:
    return Refused(
        order_id=order_id,
        refusal=REFUSALS[type(refusal)],
        lines=tuple(
            RefusedLine(
                product_id=shortfall.product_id,
                requested=shortfall.requested,
                available=shortfall.available,
                reason=shortfall.reason,
            )
            for shortfall in refusal.shortfalls
        ),
    )


def _reserved(reservation: Reservation) -> Reserved:
    return Reserved(
        order_id=reservation.order_id,
        lines=tuple(
            PricedLine(
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.price.unit_amount,
                currency=line.price.currency,
                price_id=line.price.price_id,
            )
            for line in reservation.lines
        ),
    )
