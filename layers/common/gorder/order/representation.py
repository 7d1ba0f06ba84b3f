"""Orders as the public API shows them."""

from collections.abc import Iterator
from typing import Any

from gorder.contracts.api import (
    ItemBody,
    LineNoteBody,
    OrderBody,
    PaymentBody,
    PlacedOrderBody,
    RefundBody,
    StatusChangeBody,
)
from gorder.order.model import Order
from gorder.order.payments import Payment


def placed_body(order: Order, access_token: str) -> PlacedOrderBody:
    """Return the body for the client that placed the order."""
    return PlacedOrderBody(**_common(order), access_token=access_token)


def order_body(order: Order) -> OrderBody:
    """Return the body for the holder of the order's token."""
    return OrderBody(
        **_common(order),
        number=order.number,
        payment_link=order.checkout.url if order.is_open else None,
        pay_until=order.checkout.expires_at if order.is_open else None,
        history=[
            StatusChangeBody(status=change.status.value, at=change.at) for change in order.history
        ],
        payment=_payment(order.payment),
        refunds=list(_refunds(order)),
        reason=order.reason,
    )


def _payment(payment: Payment | None) -> PaymentBody | None:
    """Return what was paid, or None if that is the order's total without tax."""
    if payment is None or not (payment.discount or payment.tax):
        return None
    return PaymentBody(amount=payment.amount, discount=payment.discount, tax=payment.tax)


def _refunds(order: Order) -> Iterator[RefundBody]:
    """Yield the refunds of all payments, then those that are due."""
    for payment in order.payments:
        for refund in payment.refunds:
            yield RefundBody(
                amount=refund.amount, status=refund.status, reason=refund.reason, at=refund.at
            )
    for payment in order.refunds_due:
        yield RefundBody(
            amount=payment.refund_due, status="due", reason=payment.refund_reason or ""
        )


def _common(order: Order) -> dict[str, Any]:
    """Return the fields that both bodies have."""
    return {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "status": order.status.value,
        "items": [
            ItemBody(
                id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                price_id=line.price_id,
                notes=[LineNoteBody(quantity=n.quantity, text=n.text) for n in line.notes],
            )
            for line in order.lines
        ],
        "amount_total": order.amount_total,
        "currency": order.currency,
    }
