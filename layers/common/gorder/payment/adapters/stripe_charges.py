"""What Stripe states of a charge: its refunds and its disputes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gorder.payment.model import PageRefund

if TYPE_CHECKING:
    from stripe import Charge, Dispute, DisputeService

# Banks that only ask. If Stripe takes refunds of the charge, it has not withdrawn its money.
_INQUIRIES: Final = {"warning_needs_response", "warning_under_review"}
# In the others the bank has not decided yet. `charge_refunded`: the refund counts, not the dispute.
_DISPUTES_ENDED: Final = {
    "won": "won",
    "warning_closed": "won",
    "prevented": "won",
    "charge_refunded": "won",
    "lost": "lost",
}
_STATES: Final = ("open", "inquiry", "lost", "won")
"""The state of a payment is the first one that a dispute of it has."""


def refunds_of(charge: "Charge") -> Iterator[PageRefund]:
    """Yield the refunds of a charge that was read with them."""
    if charge.refunds is None:
        return
    for refund in charge.refunds.auto_paging_iter():
        metadata = refund.metadata.to_dict() if refund.metadata else {}
        reason = metadata.get("gorder_reason")
        before = metadata.get("gorder_refunded_before", "")
        yield PageRefund(
            refund_id=refund.id,
            amount=refund.amount,
            status=refund.status or "pending",
            reason=reason or refund.reason or "",
            by="gorder" if reason else "stripe",
            at=datetime.fromtimestamp(refund.created, UTC),
            refunded_before=int(before) if before.isdecimal() else None,
        )


def disputed(disputes: "DisputeService", charge: "Charge") -> tuple[str | None, int]:
    """Return one of `_STATES`, or None without a dispute, and the amount that is lost."""
    if not charge.disputed:
        return None, 0
    listed = disputes.list({"charge": charge.id, "limit": 100}).data
    found = [(_state(dispute), dispute.amount) for dispute in listed]
    states = {state for state, _ in found}
    first = next((state for state in _STATES if state in states), None)
    return first, sum(amount for state, amount in found if state == "lost")


def _state(dispute: "Dispute") -> str:
    is_inquiry = dispute.status in _INQUIRIES and dispute.is_charge_refundable
    return _DISPUTES_ENDED.get(dispute.status, "inquiry" if is_inquiry else "open")
