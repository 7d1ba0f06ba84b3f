"""The model's outcomes in the words of the contract."""

from gorder.contracts.stock import (
    Availability,
    PricedLine,
    Refusal,
    Refused,
    RefusedLine,
    Reserved,
    Settled,
)
from gorder.stock.model import (
    InactiveProductRefusal,
    InsufficientStockRefusal,
    MixedCurrenciesRefusal,
    Reservation,
    ReservationConfirmed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationNotOverdue,
    ReservationReleased,
    ReservationState,
    StockItem,
    StockRefusal,
    UnknownProductRefusal,
)

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
}


def refused(order_id: str, refusal: StockRefusal) -> Refused:
    """Say no, and to which lines."""
    return Refused(
        order_id=order_id,
        refusal=REFUSALS[type(refusal)],
        lines=tuple(
            RefusedLine(
                product_id=s.product_id,
                requested=s.requested,
                available=s.available,
                reason=s.reason,
            )
            for s in refusal.shortfalls
        ),
    )


def reserved(reservation: Reservation) -> Reserved:
    """Say yes, at the prices of the reservation."""
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


def availability(item: StockItem) -> Availability | None:
    """A product as it can be ordered; None if it has no price."""
    product = item.product
    if product.price is None:
        return None
    return Availability(
        product_id=product.product_id,
        name=product.name,
        unit_amount=product.price.unit_amount,
        currency=product.price.currency,
        active=product.active,
        available=item.available,
    )


def settled(reservation: Reservation) -> Settled:
    """Say what became of a reservation that is no longer held."""
    if reservation.state is ReservationState.CONFIRMED:
        return Settled(outcome="confirmed", order_id=reservation.order_id)
    return Settled(outcome="released", order_id=reservation.order_id)
