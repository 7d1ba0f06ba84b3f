"""Read and refund the payment of an order for staff, and record what Stripe states."""

from collections.abc import Callable
from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.payment_events import payment_events
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.transition import transition
from gorder.order.errors import OrderNotRefundable
from gorder.order.model import Order
from gorder.order.payment_ports import PageOutcome, Payments
from gorder.order.payments import Payment
from gorder.order.ports import Clock, OrderRepository
from gorder.order.reconciliation import receive, wants
from gorder.order.stock_errors import ReservationLostError, ReservationMissingError


@dataclass(frozen=True, slots=True)
class PaymentOfOrder:
    """The payment of an order, as Stripe states it now.

    A refund is recorded by the command that records those of Stripe's dashboard. If the process
    ends between the two, the webhook of the refund, or the search for missed webhooks, finds it.
    """

    orders: OrderRepository
    payments: Payments
    reconcile: Callable[[ReconcilePayment], None]
    clock: Clock
    telemetry: Telemetry

    def look(self, order_id: str, session_id: str | None, *, sells: bool = True) -> Order:
        """Record the payment as Stripe states it now; return the order.

        What Stripe states is recorded before the stock is settled, so it is recorded also if the
        order's units are gone.

        Raises:
            OrderStoreUnavailableError, StockUnavailableError, EventBusUnavailableError,
            ConcurrentUpdateError, or an error of the payment service: try again.
        """
        try:
            self.reconcile(ReconcilePayment(order_id, session_id, sells=sells))
        except (ReservationLostError, ReservationMissingError) as error:
            self.telemetry.warning("order.without_units", reason=str(error))
        return self.orders.get(order_id)

    def as_looked_at(self, order: Order) -> tuple[Order, PageOutcome | None]:
        """Return the order as `look` would leave it, and the state of its page; change nothing.

        Its units are taken to be there. Without a page the state is None.
        """
        session_id = order.payment.session_id if order.payment else order.checkout.session_id
        if session_id is None:
            return order, None
        page = self.payments.page(session_id)
        stated = page.payment
        if stated is None or page.order_id not in {None, order.order_id}:
            return order, page.outcome
        events = payment_events(lambda: "planned", self.clock())
        after = receive(order, stated, events, has_units=wants(order, stated))
        return after, page.outcome

    def refund(
        self,
        order: Order,
        payment: Payment,
        begin: Callable[[Order], Order],
        make: Callable[[], None],
    ) -> Order:
        """Record who asked with `begin`, refund with `make`, and record what Stripe states then.

        If nothing is left of the payment then, the order has ended.
        """
        transition(self.orders, self.telemetry, order.order_id, begin)
        make()
        return self.look(order.order_id, payment.session_id)


def payment_of(order: Order) -> Payment:
    """Return the payment that pays for the order. Raises OrderNotRefundable."""
    if order.payment is None:
        raise OrderNotRefundable(
            f"Order {order.order_id} is {order.status.value} and has no payment: record it, "
            "with gorder orders reconcile, or repair the order."
        )
    return order.payment


def require_refundable(order: Order, payment: Payment) -> None:
    """Refuse a payment of which Stripe takes no refunds. Raises OrderNotRefundable."""
    if payment.may_be_refunded:
        return
    if payment.is_disputed:
        raise OrderNotRefundable(
            f"Payment {payment.key} of order {order.order_id} is disputed, and Stripe refuses to "
            "refund it: accept the dispute in Stripe's dashboard, and the order is refunded; or "
            "wait until the bank has decided."
        )
    raise OrderNotRefundable(
        f"A part of payment {payment.key} of order {order.order_id} was lost in a dispute, and "
        "Stripe refuses to refund the rest: pay the customer in another way. The order goes on."
    )
