"""Bring an order in line with its payments at Stripe, and its units in line with it, for staff."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.errors import DefectError
from gorder.order.audited import states_of
from gorder.order.changes import StaffNote
from gorder.order.commands.payment_events import payment_events
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.settle_stock import settle_and_deliver, settle_stock
from gorder.order.commands.transition import transition
from gorder.order.contradictions import contradictions, not_refunded
from gorder.order.errors import PaymentNotReconciled, RepairRefused
from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.outbox_events import outbox_events
from gorder.order.payment_ports import Payments
from gorder.order.payments import Payment
from gorder.order.ports import Clock, OrderRepository, StockClient
from gorder.order.reconciliation import receive, wants
from gorder.order.staff import noted
from gorder.order.status import Status
from gorder.order.stock_errors import ReservationLostError, ReservationMissingError

_PAGE: Final = "cs_"  # a payment in cash has another id
_UNITS_GONE: Final = (ReservationLostError, ReservationMissingError)


@dataclass(frozen=True, slots=True)
class ReconcileOrder:
    """A request of staff. `payment`: one that the order does not record, by Stripe's id."""

    order_id: str
    by: str
    payment: str | None = None


@dataclass(frozen=True, slots=True)
class OrderReconciled:
    """The order as it is now.

    Attributes:
        recorded: the keys of the payments that were recorded as Stripe states them.
        units: why its units could not be settled; None if they are.
        failed: what is wrong with pages that could not be looked at, such as one that Stripe does
            not have.
    """

    order: Order
    recorded: tuple[str, ...]
    units: str | None
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReconcileOrderHandler:
    """Records payments exactly as Stripe states them, as no webhook does: see `restates`.

    Each step can be repeated. An order that would contradict itself then is refused: a payment that
    its document lost would be refunded, although the order was cooked.
    """

    orders: OrderRepository
    payments: Payments
    stock: StockClient
    reconcile: Callable[[ReconcilePayment], None]
    events: EventPublisher
    clock: Clock
    telemetry: Telemetry

    def __call__(self, command: ReconcileOrder) -> OrderReconciled:
        """Reconcile the order. Each page is looked at, and the first failure is raised after that.

        A defect of one page is part of the result instead.

        Raises:
            UnknownOrder: the order is not stored.
            PaymentNotReconciled: the payment is not of this order.
            RepairRefused: the order would contradict itself: repair it first.
            LaterReleaseError: a later release wrote its status.
            OrderUnreadableError: repair its document first.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        self.telemetry.bind(command.order_id)
        self.telemetry.info("order.reconcile_requested", by=command.by, payment=command.payment)
        with known_order(command.order_id):
            order = self.orders.get(command.order_id)
        order.require_known_status()
        pages = list(self._pages(order, command.payment))
        recorded: list[str] = []
        failed: list[str] = []
        failures: list[Exception] = []
        without_units: str | None = None
        for session_id in pages:
            try:
                recorded += self._record(command, session_id)
            except ReservationMissingError as error:
                without_units = _without_units(order, error)
            except DefectError as error:
                failed.append(f"page {session_id}: {error}")
            except Exception as error:  # noqa: BLE001 - a page that Stripe does not know must not stop the others
                failures.append(error)
        units = self._settle(command)
        if failures:
            raise failures[0]
        order = self.orders.get(command.order_id)
        return OrderReconciled(order, tuple(recorded), units or without_units, tuple(failed))

    def _pages(self, order: Order, payment: str | None) -> Iterator[str]:
        """Yield the order's pages at Stripe once each, or that of one payment."""
        if payment is None:
            known = [order.checkout.session_id, *(each.session_id for each in order.payments)]
            yield from dict.fromkeys(each for each in known if each and each.startswith(_PAGE))
            return
        found = self.payments.page_of(payment)
        if found is None or found.order_id != order.order_id:
            of = f"of order {found.order_id}" if found else "on none of gorder's pages"
            raise PaymentNotReconciled(
                f"Payment {payment} was made {of}, not of order {order.order_id}."
            )
        yield found.session_id

    def _record(self, command: ReconcileOrder, session_id: str) -> list[str]:
        """Record the payment of a page, and note it; return its key if the order has changed.

        Raises:
            ReservationMissingError: it was not recorded, because no units are reserved.
        """
        page = self.payments.page(session_id)
        stated, order = page.payment, self.orders.get(command.order_id)
        if page.order_id not in {None, order.order_id}:
            raise PaymentNotReconciled(
                f"Page {session_id} is of order {page.order_id}: repair "
                f"{_field(order, session_id)} of order {order.order_id}."
            )
        after = order if stated is None else self._after(order, stated)
        if stated is None or after == order:
            return []
        refundable = set(not_refunded(after))  # recorded first: `gorder orders refund` reads Stripe
        if problems := [each for each in contradictions(after) if each not in refundable]:
            raise RepairRefused(
                f"Payment {stated.key} was not recorded, because order {order.order_id} would "
                f"contradict itself: {'; '.join(problems)}. Repair the order first: gorder orders "
                "repair."
            )
        try:
            self.reconcile(ReconcilePayment(order.order_id, session_id, restates=True))
        except _UNITS_GONE as error:
            self.telemetry.warning("order.without_units", reason=str(error))
            if self.orders.get(order.order_id).payments == order.payments:
                raise
        finally:
            if self.orders.get(order.order_id).payments != order.payments:
                self._note(command, f"recorded {stated.key} as Stripe states it")
        return [stated.key]

    def _after(self, order: Order, stated: Payment) -> Order:
        events = payment_events(lambda: "planned", self.clock())
        has_units = wants(order, stated)
        return receive(order, stated, events, has_units=has_units, restates=True)

    def _settle(self, command: ReconcileOrder) -> str | None:
        """Sell, free, return or write off its units as its status asks, and publish its events.

        What this has changed is noted. The events of a cooked order do not wait for its units.
        """
        order = self.orders.get(command.order_id)
        moved, lost = list(self._units_to_settle(order)), None
        try:
            settle_and_deliver(self.stock, self.orders, self.events, order)
            if order.status in {Status.COOKING, Status.COOKED}:
                settle_stock(self.stock, order)
        except _UNITS_GONE as error:
            moved, lost = [], _without_units(order, error)
        if changes := [*moved, *self._published(order)]:
            self._note(command, "; ".join(changes))
        return lost

    def _published(self, before: Order) -> Iterator[str]:
        left = {event.event_id for event in self.orders.get(before.order_id).outbox}
        types = [e.event_type for e in outbox_events(before) if e.event_id not in left]
        if types:
            yield f"published {', '.join(types)}"

    def _units_to_settle(self, order: Order) -> Iterator[str]:
        if order.is_open:
            return  # its units stay held
        reservation = self.stock.movements(order.order_id, order.trace_id).reservation
        if reservation and not set(reservation.state.split(" and ")) <= states_of(order):
            yield f"settled its units as {order.status.value}: they were {reservation.state}"

    def _note(self, command: ReconcileOrder, text: str) -> None:
        note = StaffNote("reconcile_order", command.by, text, self.clock())
        transition(self.orders, self.telemetry, command.order_id, lambda order: noted(order, note))


def _without_units(order: Order, error: Exception) -> str:
    """Return why its units cannot be settled, and what to do next."""
    why, keep = str(error), "--keep order"
    if isinstance(error, ReservationMissingError):
        why = f"no units are reserved for order {order.order_id}, which has no reservation"
        keep = (
            "--keep movements if its movements exist (gorder orders show), or --keep order if not"
        )
    return (
        f"{why}. If the customer gets the food: gorder stock repair-order {order.order_id} {keep}. "
        "If not: gorder orders cancel, which refunds it"
    )


def _field(order: Order, session_id: str) -> str:
    """Return the path of the field that names the page."""
    own = (each.key for each in order.payments if each.session_id == session_id)
    key = next(own, None)
    return "checkout.session_id" if key is None else f"payments.{key}.session_id"
