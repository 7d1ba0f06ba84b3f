"""How an order lies in MongoDB: one document, its outbox inside it."""

from typing import Any

from gorder.order.model import (
    Checkout,
    Order,
    OrderLine,
    OutboxEvent,
    Payment,
    Status,
    StatusChange,
)

type Document = dict[str, Any]


def to_document(order: Order) -> Document:
    """The whole order; `_id` is the order id. Times are kept to the millisecond, as BSON does."""
    checkout, payment = order.checkout, order.payment
    return {
        "_id": order.order_id,
        "customer_id": order.customer_id,
        "trace_id": order.trace_id,
        "status": order.status.value,
        "version": order.version,
        "currency": order.currency,
        "amount_total": order.amount_total,
        "lines": [
            {
                "product_id": line.product_id,
                "name": line.name,
                "quantity": line.quantity,
                "unit_amount": line.unit_amount,
                "price_id": line.price_id,
            }
            for line in order.lines
        ],
        "history": [{"status": c.status.value, "at": c.at} for c in order.history],
        "checkout": {
            "attempt": checkout.attempt,
            "expires_at": checkout.expires_at,
            "session_id": checkout.session_id,
            "url": checkout.url,
        },
        "payment": payment
        and {
            "session_id": payment.session_id,
            "payment_intent_id": payment.payment_intent_id,
            "amount": payment.amount,
            "currency": payment.currency,
        },
        "outbox": [
            {"event_id": e.event_id, "event_type": e.event_type, "occurred_at": e.occurred_at}
            for e in order.outbox
        ],
    }


def to_order(document: Document) -> Order:
    """The order that `to_document` wrote."""
    payment = document["payment"]
    return Order(
        order_id=document["_id"],
        customer_id=document["customer_id"],
        trace_id=document["trace_id"],
        lines=to_lines(document),
        currency=document["currency"],
        status=Status(document["status"]),
        version=document["version"],
        history=to_history(document),
        checkout=Checkout(**document["checkout"]),
        payment=payment and Payment(**payment),
        outbox=tuple(OutboxEvent(**event) for event in document["outbox"]),
    )


def to_lines(document: Document) -> tuple[OrderLine, ...]:
    """The lines of an order's document."""
    return tuple(OrderLine(**line) for line in document["lines"])


def to_history(document: Document) -> tuple[StatusChange, ...]:
    """The status changes of an order's document, oldest first."""
    return tuple(StatusChange(Status(c["status"]), c["at"]) for c in document["history"])
