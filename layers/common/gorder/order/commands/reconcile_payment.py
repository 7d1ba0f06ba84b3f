"""Bring an order in line with its payment, as Stripe states it now.

Every fact that Stripe reports leads here. It says only that there is something to look at, so facts
may be repeated, late, out of sequence or forged.
"""

from dataclasses import dataclass, replace
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.telemetry import Telemetry
from gorder.order.checkout import lose_page
from gorder.order.commands.payment_events import page_events, payment_events
from gorder.order.commands.settle_stock import settle_and_deliver
from gorder.order.commands.transition import deliver_outbox
from gorder.order.errors import PaymentNotConfirmedError
from gorder.order.model import Order
from gorder.order.order_metrics import record_change, record_payment
from gorder.order.payment_ports import (
    FoundPage,
    PageOutcome,
    Payments,
    StatedPage,
)
from gorder.order.payments import Payment, RefundReason
from gorder.order.ports import Clock, NewId, OrderRepository, StockClient
from gorder.order.reconciliation import receive, refund_reason, wants
from gorder.order.status import Status
from gorder.order.stock_errors import ReservationLostError, ReservationMissingError
from gorder.order.store_errors import ConcurrentUpdateError, OrderMissingError, OrderStoreError

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class ReconcilePayment:
    """A report that something about a payment has changed.

    Attributes:
        order_id: the order, or None if the report does not name it.
        session_id: the payment page, or None if the report does not name it.
        payment_intent_id: the payment, or None if the report does not name it.
        reported: a payment that Stripe must confirm, if one was reported.
        sells: whether to sell the order's units to a payment that would pay for it. Otherwise
            gorder refunds the payment, and the order expires.
        restates: see `receive`.
    """

    order_id: str | None
    session_id: str | None = None
    payment_intent_id: str | None = None
    reported: Payment | None = None
    sells: bool = True
    restates: bool = False


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
            ReservationMissingError: the order has no reservation; a person must look at it.
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        found = self._find(command)
        for _ in range(_ATTEMPTS):
            if found is None:
                self.telemetry.count("PaymentIgnored")
                return
            order = self._stored(found.order_id)
            # Read after the order: the write then fails if another one was made on a later answer.
            page = self.payments.page(found.session_id)
            if order is None:
                self._leave(page)
                return
            if command.reported:
                self._require_confirmed(command, command.reported, page)
            if page.order_id in {None, order.order_id}:
                if self._reconcile(command, order, page):
                    return
            else:
                found = FoundPage(found.session_id, page.order_id)
        raise ConcurrentUpdateError(
            f"a payment was changed by others {_ATTEMPTS} times in a row; try again"
        )

    def _find(self, command: ReconcilePayment) -> FoundPage | None:
        """Return the page that the report is about and its order; None if there is none."""
        if command.session_id is None:
            intent_id = command.payment_intent_id
            return self.payments.page_of(intent_id) if intent_id is not None else None
        if command.order_id is not None:
            return FoundPage(command.session_id, command.order_id)
        order_id = self.payments.page(command.session_id).order_id
        return FoundPage(command.session_id, order_id) if order_id is not None else None

    def _stored(self, order_id: str) -> Order | None:
        """Return the order, or None if it is not stored."""
        try:
            order = self.orders.get(order_id)
        except OrderMissingError:
            return None
        order.require_known_status()
        self.telemetry.bind(order_id, order.trace_id)  # Stripe's refunds and disputes name no order
        return order

    def _leave(self, page: StatedPage) -> None:
        """Record a payment whose order is not stored. Ignore one of another application."""
        if page.payment is None or page.order_id is None or not page.is_marked:
            self.telemetry.count("PaymentIgnored")
            return
        self._keep_unmatched(page.order_id, page.payment)

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

    def _reconcile(self, command: ReconcilePayment, order: Order, page: StatedPage) -> bool:
        """Record what Stripe states, and follow it. Return False if another writer was faster."""
        stated = page.payment
        sells = command.sells and stated is not None and wants(order, stated)
        has_units = sells and stated is not None and self._sell(order, stated)
        after = self._change(order, page, has_units=has_units, restates=command.restates)
        after = self._numbered(order, after)
        if after != order:
            if not self.orders.replace(order, after):
                return False
            record_change(self.telemetry, order, after)
            record_payment(self.telemetry, order, after)
        if has_units and after.status is Status.PAID:
            deliver_outbox(self.orders, self.events, after)
        else:
            settle_and_deliver(self.stock, self.orders, self.events, after)
        return True

    def _change(self, order: Order, page: StatedPage, *, has_units: bool, restates: bool) -> Order:
        now = self.clock()
        after, is_lost = order, page.outcome is PageOutcome.CLOSED
        if page.payment:
            events = payment_events(self.new_id, now)
            after = receive(order, page.payment, events, has_units=has_units, restates=restates)
            is_lost = refund_reason(after, page.payment) == RefundReason.WRONG_AMOUNT
        if is_lost:
            events_of_page = page_events(self.new_id, now)
            after = lose_page(after, page.session_id, now, events_of_page)
        return after

    def _numbered(self, before: Order, after: Order) -> Order:
        """Give an order that becomes paid its number. It is paid also if there is none to give."""
        becomes_paid = after.status is Status.PAID and before.status is not Status.PAID
        if not becomes_paid or after.number is not None:
            return after
        try:
            return replace(after, number=self.orders.next_number())
        except OrderStoreError as error:
            self.telemetry.count("NumberMissing")
            self.telemetry.warning("order.without_number", reason=str(error))
            return after

    def _sell(self, order: Order, payment: Payment) -> bool:
        """Sell the order's units to it, also if they were released; return whether they are.

        Without a reservation the payment is recorded for a person: stock was lost, or a function
        reads another database. To refund it would refund every customer.
        """
        try:
            self.stock.confirm(order.order_id, order.trace_id)
        except ReservationLostError:
            return False
        except ReservationMissingError:
            self._keep_unmatched(order.order_id, payment)
            raise
        return True

    def _keep_unmatched(self, order_id: str, payment: Payment) -> None:
        self.orders.keep_unmatched(order_id, payment, self.clock())
        if not payment.is_lost:
            self.telemetry.count("PaymentUnmatched")
            self.telemetry.warning("payment.unmatched", order_id=order_id, payment=payment.key)
