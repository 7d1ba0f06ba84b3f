"""What an order's document alone contradicts: its shape, its seal, its other fields."""

from collections.abc import Iterator
from typing import Final

from gorder.contracts.audit import Finding
from gorder.order.adapters.mongo_documents import Document, earlier_payment, to_document, to_order
from gorder.order.adapters.mongo_seal import broken_seal
from gorder.order.contradictions import contradictions
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order

CHANGED_BY_HAND: Final = "changed_by_hand"
"""The version of an order at which its seal was found broken. Not a field of the order."""


def read_for_audit(document: Document) -> tuple[Order | None, list[Finding]]:
    """Return the order, or None if it cannot be read, and what its document contradicts."""
    subject = f"order {document['_id']}"
    try:
        order = to_order(document)
    except OrderUnreadableError as error:
        return None, [Finding("order_unreadable", subject, str(error))]
    changed = (*_marks(document), *broken_seal(document, to_document(order)))
    contradicting = (*contradictions(order), *_copies_differ(document, order))
    return order, [
        *(Finding("order_changed", subject, text) for text in changed),
        *(Finding("order_contradicts_itself", subject, text) for text in contradicting),
    ]


def _marks(document: Document) -> Iterator[str]:
    """Yield that a command has found the seal broken. The order may have been sealed since."""
    match document.get(CHANGED_BY_HAND):
        case {"version": version}:
            yield f"{CHANGED_BY_HAND}: a command found it so at version {version}"


def _copies_differ(document: Document, order: Order) -> Iterator[str]:
    """Yield the fields that repeat other ones and differ from them."""
    if document.get("amount_total") != order.amount_total:
        yield f"amount_total is not {order.amount_total}, the sum of its lines"
    stored, expected = document["payment"], earlier_payment(order.payment)
    if stored is not None:
        stored = {name: stored.get(name) for name in expected or stored}
    if stored != expected:
        yield "payment is not the payment that pays for it"
    if set(document.get("payments", {})) - {payment.key for payment in order.payments}:
        yield "a payment is stored under the id of another one"
