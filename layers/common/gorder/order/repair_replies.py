"""Map results of repairs to the replies of the back office."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gorder.contracts.back_office_order_repairs import (
    DocumentShownBody,
    FieldChangeBody,
    KeptRepairBody,
    OrderReconciledBody,
    OrderRepairedBody,
    PaymentKeptBody,
)
from gorder.order.commands.reconcile_order import OrderReconciled
from gorder.order.payments import UnmatchedPayment
from gorder.order.repairs import FieldChange, Json, RepairDone, StoredDocument

_MOST_SHOWN: Final = 1_000_000  # characters of a document; Lambda takes 6 MB
_FIRST: Final = 1000  # characters of a field that is too large
_REPAIRS: Final = 20  # the last ones


def order_repaired(done: RepairDone, *, dry_run: bool) -> OrderRepairedBody:
    """Return the reply to `repair_order`."""
    plan = done.plan
    if not plan.is_needed:
        outcome, text = "nothing_to_repair", "Nothing was done: nothing is wrong or changes."
    elif dry_run:
        outcome = "would_repair"
        text = "Nothing was done. The changes would be written, and the document would be sealed."
    else:
        outcome = "repaired"
        text = (
            "The document is sealed, and who repaired it is kept with the order. Units, payments "
            "and events were not touched: run the audit again in 15 minutes."
        )
    return OrderRepairedBody(
        order_id=plan.order_id,
        status=plan.after.status.value if plan.after else None,
        changes=_changes(plan.changes),
        wrong=plan.wrong,
        repair_id=done.repair_id,
        outcome=outcome,
        text=text,
    )


def document_shown(found: StoredDocument) -> DocumentShownBody:
    """Return the reply to `show_document`."""
    return DocumentShownBody(
        order_id=found.order_id,
        document=_cut(found.document),
        wrong=found.wrong,
        repairs=tuple(
            KeptRepairBody(
                repair_id=each.repair_id,
                by=each.repairer.by,
                reason=each.repairer.reason,
                at=each.repairer.at,
                changes=_changes(each.changes),
            )
            for each in found.repairs[-_REPAIRS:]
        ),
    )


def order_reconciled(reconciled: OrderReconciled) -> OrderReconciledBody:
    """Return the reply to `reconcile_order`."""
    order = reconciled.order
    recorded = ", ".join(reconciled.recorded)
    nothing = "Nothing was recorded." if reconciled.units else "Stripe states no more."
    text = f"Recorded as Stripe states it: {recorded}." if recorded else nothing
    if reconciled.units:
        text += f" Its units are not settled: {reconciled.units}."
    if reconciled.failed:
        text += f" Not looked at: {'; '.join(reconciled.failed)}."
    return OrderReconciledBody(
        order_id=order.order_id,
        status=order.status.value,
        reason=order.reason,
        refunded=order.payment.refunded if order.payment else 0,
        left=order.revenue,
        currency=order.currency,
        recorded=reconciled.recorded,
        units=reconciled.units,
        failed=reconciled.failed,
        text=text,
    )


def payment_kept(kept: UnmatchedPayment) -> PaymentKeptBody:
    """Return the reply to `keep_payment`."""
    payment = kept.payment
    text = "It is on record, and the audit accepts it."
    if payment.kept:
        text += " The shop has the customer's money: refund it in Stripe's dashboard."
    return PaymentKeptBody(
        payment=payment.key,
        order_id=kept.order_id,
        amount=payment.amount,
        refunded=payment.refunded,
        currency=payment.currency,
        text=text,
    )


def _changes(changes: Iterable[FieldChange]) -> tuple[FieldChangeBody, ...]:
    return tuple(
        FieldChangeBody(field=each.path, before=each.before, after=each.after) for each in changes
    )


def _cut(document: Mapping[str, Json]) -> dict[str, Any]:
    """Return the document; the fields that do not fit any more are cut."""
    shown: dict[str, Any] = {}
    left = _MOST_SHOWN
    for name, value in document.items():
        text = json.dumps(value, ensure_ascii=False)
        fits = len(text) <= left
        shown[name] = value if fits else f"{text[:_FIRST]}… ({len(text)} characters)"
        left -= len(text) if fits else 0
    return shown
