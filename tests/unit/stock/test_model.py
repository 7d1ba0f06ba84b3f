"""The states of a reservation, and a product's price."""

from datetime import UTC, datetime

import pytest

from gorder.stock.model import (
    Price,
    Product,
    Reservation,
    ReservationConfirmed,
    ReservationReleased,
    ReservationState,
    ReservedLine,
)


def test_confirm_and_release_are_final_and_repeatable() -> None:
    line = ReservedLine("a", "A", 1, Price("price_a", 100, "eur"))
    held = Reservation("o", (line,), datetime(2026, 12, 1, tzinfo=UTC))
    assert held.confirm().confirm().state is ReservationState.CONFIRMED
    assert held.release().release().state is ReservationState.RELEASED
    with pytest.raises(ReservationReleased):
        held.release().confirm()
    with pytest.raises(ReservationConfirmed):
        held.confirm().release()


def test_an_active_product_has_a_price() -> None:
    with pytest.raises(ValueError, match="no price"):
        Product("a", "A", None, active=True)
