"""Bring an order in line with its payment, as Stripe states it now.

Every fact that Stripe reports leads here. It says only that there is something to look at, so facts
may be repeated, late, out of sequence or forged.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.payment_events import page_events, payment_events
from gorder.order.commands.settle_stock import settle_stock
from gorder.order.commands.transition import deliver_outbox, transition
from gorder.order.errors import PaymentNotConfirmedError
from gorder.order.model import Order
from gorder.order.payments import Payment, RefundReason
from gorder.order.ports import (
    Clock,
    NewId,
    OrderMissingError,
    OrderRepository,
    PageOutcome,
    Payments,
    ReservationLostError,
    StatedPage,
    StockClient,
)
from gorder.order.status import Status

# Stripe makes no page with less than 30 minutes left; one more is for the way there.
_LEAST_FOR_A_PAGE: Final = timedelta(minutes=31)


@dataclass(frozen=True, slots=True)
class ReconcilePayment:
    """A report that something about a payment has changed.

    Attributes:
        order_id: the order, or None if the report does not name it.
        session_id: the payment page, or None if the report does not name it.
        payment_intent_id: the payment, or None if the report does not name it.
        reported: a payment that Stripe must confirm, if one was reported.
    """

    order_id: str | None
    session_id: str | None = None
    payment_intent_id: str | None = None
    reported: Payment | None = None


@dataclass(frozen=True, slots=True)
class ReconcilePaymentHandler:
    """Reconciles orders with their payments. Each step can be repeated.

    Units are sold before the order is paid, so `order.paid` never names an order without them.
    """

    orders: OrderRepository
    payments: Payments
    stock: StockClient
    events: EventPublisher
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: ReconcilePayment) -> None:
        """Record what Stripe states, settle the order's stock, publish the order's events.

        Raises:
            PaymentNotConfirmedError: Stripe does not confirm the payment that was reported.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        order = self._known(command.order_id)
        page = self._page(command)
        if order and page and command.reported:
            self._require_confirmed(command, command.reported, page)
        if page and page.order_id and page.order_id != command.order_id:
            order = self._known(page.order_id)
        if order is None or page is None:
            self._leave(page)
            return
        order = self._reconcile(order, page)
        deliver_outbox(self.orders, self.events, order)

    def _known(self, order_id: str | None) -> Order | None:
        """Return the order, or None if it is not stored."""
        if order_id is None:
            return None
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            return None
        order.require_known_status()
        return order

    def _leave(self, page: StatedPage | None) -> None:
        """Record a payment whose order is not stored. Ignore one of another application."""
        if page is None or page.payment is None or page.order_id is None or not page.is_marked:
            self.telemetry.count("PaymentIgnored")
            return
        self.orders.keep_unmatched(page.order_id, page.payment, self.clock())
        self.telemetry.count("PaymentUnmatched")
        self.telemetry.warning(
            "payment.unmatched", order_id=page.order_id, payment=page.payment.key
        )

    def _page(self, command: ReconcilePayment) -> StatedPage | None:
        if command.session_id is not None:
            return self.payments.page(command.session_id)
        if command.payment_intent_id is not None:
            return self.payments.page_of(command.payment_intent_id)
        return None

    def _require_confirmed(
        self, command: ReconcilePayment, reported: Payment, page: StatedPage
    ) -> None:
        stated = page.payment
        if page.order_id == command.order_id and stated and stated.is_same(reported):
            return
        raise PaymentNotConfirmedError(
            f"order {command.order_id}: a message reports {reported.amount} {reported.currency} "
            f"on page {reported.session_id}, and Stripe does not confirm it; compare the page "
            "in Stripe, and find out who published the message"
        )

    def _reconcile(self, order: Order, page: StatedPage) -> Order:
        """Record what Stripe states, and bring the stock in line with it."""
        now = self.clock()
        about_payment = payment_events(self.new_id, now)
        about_page = page_events(self.new_id, now)
        stated = page.payment
        has_units = stated is not None and order.wants(stated) and self._sell(order)

        def change(order: Order) -> Order:
            after, is_lost = order, page.outcome is PageOutcome.CLOSED
            if stated:
                after = order.receive(stated, about_payment, has_units=has_units)
                is_lost = after.refund_reason(stated) == RefundReason.WRONG_AMOUNT
            if is_lost:
                after = after.lose_page(page.session_id, now, _LEAST_FOR_A_PAGE, about_page)
            return after

        after = transition(self.orders, self.telemetry, order.order_id, change)
        if stated and (reason := after.refund_reason(stated)) and not order.refund_reason(stated):
            self.telemetry.count("PaymentRefused")
            self.telemetry.warning("payment.refused", reason=reason, payment=stated.key)
        if not (has_units and after.status is Status.PAID):
            settle_stock(self.stock, after)
        return after

    def _sell(self, order: Order) -> bool:
        """Sell the order's units to it, also if they were released; return whether they are."""
        try:
            self.stock.confirm(order.order_id, order.trace_id)
        except ReservationLostError:
            return False
        return True
