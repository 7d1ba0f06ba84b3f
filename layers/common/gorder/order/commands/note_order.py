"""Keep a note of staff with an order."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.changes import StaffNote
from gorder.order.commands.transition import transition
from gorder.order.ports import Clock, OrderRepository
from gorder.order.staff import noted


@dataclass(frozen=True, slots=True)
class NoteOrder:
    """A command of staff that concerns the order and changes nothing else of it."""

    order_id: str
    command: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteOrderHandler:
    """Adds the note. Repeated, the order stays as it is."""

    orders: OrderRepository
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: NoteOrder) -> None:
        """Keep the note.

        Raises:
            OrderMissingError: the order is not stored.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: repair its document first.
            OrderStoreUnavailableError, ConcurrentUpdateError: try again.
        """
        note = StaffNote(command.command, command.by, command.text, self.clock())
        transition(self.orders, self.telemetry, command.order_id, lambda order: noted(order, note))
