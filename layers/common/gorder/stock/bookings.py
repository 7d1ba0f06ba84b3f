"""The movements that each change of a reservation books, and what each kind of movement changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gorder.stock.model import ReservationState


@dataclass(frozen=True, slots=True)
class Effect:
    """What a movement adds to `stock` for each unit."""

    on_hand: int = 0
    held: int = 0


STAFF_EFFECTS: Final[Mapping[str, Effect]] = {
    "received": Effect(on_hand=1),
    "restocked": Effect(on_hand=1),
    "counted_up": Effect(on_hand=1),
    "discarded": Effect(on_hand=-1),
    "counted_down": Effect(on_hand=-1),
}
"""The kinds of movements that staff book. Their `reference` is no order."""

ORDER_EFFECTS: Final[Mapping[str, Effect]] = {
    "reserved": Effect(held=1),
    "retaken": Effect(held=1),
    "released": Effect(held=-1),
    "confirmed": Effect(on_hand=-1, held=-1),
    "returned": Effect(on_hand=1),
    "wasted": Effect(),
}
"""The kinds of movements of a reservation. Their `reference` is its order."""

EFFECTS: Final[Mapping[str, Effect]] = {**STAFF_EFFECTS, **ORDER_EFFECTS}


@dataclass(frozen=True, slots=True)
class Booking:
    """The kinds of movements of a change of state."""

    kinds: tuple[str, ...]

    @property
    def on_hand(self) -> int:
        """What the change adds to the units on hand, for each unit."""
        return sum(ORDER_EFFECTS[kind].on_hand for kind in self.kinds)

    @property
    def held(self) -> int:
        """What the change adds to the held units, for each unit."""
        return sum(ORDER_EFFECTS[kind].held for kind in self.kinds)


BOOKINGS: Final = {
    (ReservationState.HELD, ReservationState.CONFIRMED): Booking(("confirmed",)),
    (ReservationState.HELD, ReservationState.RELEASED): Booking(("released",)),
    (ReservationState.HELD, ReservationState.WASTED): Booking(("confirmed", "wasted")),
    (ReservationState.RELEASED, ReservationState.CONFIRMED): Booking(("retaken", "confirmed")),
    (ReservationState.CONFIRMED, ReservationState.RETURNED): Booking(("returned",)),
    (ReservationState.CONFIRMED, ReservationState.WASTED): Booking(("wasted",)),
}
"""By the states before and after."""


def _histories(
    state: ReservationState, kinds: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    yield state.value, kinds
    for (before, after), booking in BOOKINGS.items():
        if before is state:
            yield from _histories(after, kinds.union(booking.kinds))


HISTORIES: Final = frozenset(_histories(ReservationState.HELD, frozenset({"reserved"})))
"""Each state of a reservation with the kinds of movements that lead to it. Each is booked once."""
