"""Answer requests that end findings of the audit."""

from dataclasses import dataclass

from gorder.contracts.back_office_order_repairs import (
    KeepPaymentRequest,
    OrderRepairBody,
    OrderRepairRequest,
    ReconcileOrderRequest,
    RepairOrderRequest,
    ShowDocumentRequest,
)
from gorder.order import repair_replies as replies
from gorder.order.commands.keep_payment import KeepPayment
from gorder.order.commands.reconcile_order import OrderReconciled, ReconcileOrder
from gorder.order.commands.repair_order import RepairOrder
from gorder.order.payments import UnmatchedPayment
from gorder.order.queries.show_document import ShowDocument
from gorder.order.repairs import DocumentEdit, RepairDone, StoredDocument
from gorder.runtime.decorators import Handler


@dataclass(frozen=True, slots=True)
class OrderRepairOffice:
    """The commands that end findings about orders and payments."""

    repair: Handler[RepairOrder, RepairDone]
    document: Handler[ShowDocument, StoredDocument]
    reconcile: Handler[ReconcileOrder, OrderReconciled]
    keep_payment: Handler[KeepPayment, UnmatchedPayment]

    def answer(self, request: OrderRepairRequest) -> OrderRepairBody:
        """Run one command or query, and return its reply. Each command logs who asked."""
        match request:
            case RepairOrderRequest(order_id=order_id, reason=reason, by=by, dry_run=dry_run):
                edit = DocumentEdit(request.set, request.unset)
                done = self.repair(RepairOrder(order_id, edit, reason, by, dry_run=dry_run))
                return replies.order_repaired(done, dry_run=dry_run)
            case ShowDocumentRequest(order_id=order_id, repair_id=repair_id):
                return replies.document_shown(self.document(ShowDocument(order_id, repair_id)))
            case ReconcileOrderRequest(order_id=order_id, by=by, payment=payment):
                return replies.order_reconciled(
                    self.reconcile(ReconcileOrder(order_id, by, payment))
                )
            case KeepPaymentRequest(payment=payment, reason=reason, by=by):
                return replies.payment_kept(self.keep_payment(KeepPayment(payment, reason, by)))
