"""Compares payments with the orders, for the payment service."""

from collections.abc import Collection
from dataclasses import dataclass

from gorder.contracts.events import PaymentData
from gorder.order.payments import Payment
from gorder.order.ports import OrderRepository


@dataclass(frozen=True, slots=True)
class OrderServiceRecords:
    """Implements `payment.ports.PaymentRecords` with one read of the order store."""

    orders: OrderRepository

    def unrecorded(self, payments: Collection[PaymentData]) -> list[PaymentData]:
        recorded = self.orders.payment_keys({payment.order_id for payment in payments})
        return [
            payment
            for payment in payments
            if payment.order_id in recorded and _key(payment) not in recorded[payment.order_id]
        ]


def _key(payment: PaymentData) -> str:
    return Payment(**payment.model_dump(exclude={"order_id"})).key
