"""The audit of orders, shared by the functions that run it."""

from datetime import timedelta

import stripe

from gorder.bootstrap.settings import StackSettings, load
from gorder.payment.adapters.stripe_ledger import StripeLedger
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.observability import telemetry
from gorder.upkeep.audit_orders import AuditOrders, AuditOrdersHandler, AuditReport
from gorder.upkeep.ports import OrderBook, PaymentLedger, ReservationBook


def audit_orders(
    orders: OrderBook,
    reservations: ReservationBook,
    ledger: PaymentLedger,
    budget: timedelta,
) -> Handler[AuditOrders, AuditReport]:
    handler = AuditOrdersHandler(
        orders=orders,
        reservations=reservations,
        ledger=ledger,
        budget=budget,
        clock=utc_now,
        telemetry=telemetry,
    )
    return observed("AuditOrders", handler)


def stripe_ledger(account: stripe.StripeClient) -> StripeLedger:
    """Return the payments of this deployment in the account."""
    return StripeLedger(account, load(StackSettings).stack)
