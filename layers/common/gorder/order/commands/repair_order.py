"""Repair the document of an order that was changed by hand or cannot be read."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.known_order import known_order
from gorder.order.ports import Clock, NewId
from gorder.order.repair_ports import OrderDocuments
from gorder.order.repairs import DocumentEdit, RepairDone, Repairer, RepairPlan
from gorder.order.store_errors import ConcurrentUpdateError


@dataclass(frozen=True, slots=True)
class RepairOrder:
    """A request of staff to change fields of a document, or to accept it as it is.

    `dry_run`: write nothing, and answer what would change.
    """

    order_id: str
    edit: DocumentEdit
    reason: str
    by: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class RepairOrderHandler:
    """Writes a document that gorder can read, with a seal and a note, and keeps the one before.

    Nothing is written if something would still be wrong. A repair that was made before, or is not
    needed, writes nothing either. It does not move units or money, and publishes nothing.
    """

    documents: OrderDocuments
    clock: Clock
    new_id: NewId
    telemetry: Telemetry

    def __call__(self, command: RepairOrder) -> RepairDone:
        """Repair the order; return what was changed.

        Raises:
            UnknownOrder: the order is not stored.
            RepairRefused: a field cannot be set, or the order would still be wrong.
            ConcurrentUpdateError: the order was written meanwhile; nothing was changed.
            OrderStoreUnavailableError: try again.
        """
        self.telemetry.bind(command.order_id)
        self.telemetry.info("order.repair_requested", by=command.by, reason=command.reason)
        repairer = Repairer(command.by, command.reason, self.clock())
        with known_order(command.order_id):
            plan = self.documents.plan(command.order_id, command.edit, repairer)
        if not plan.is_needed:
            return RepairDone(plan, None)
        plan.require_right()
        return RepairDone(plan, None if command.dry_run else self._write(plan))

    def _write(self, plan: RepairPlan) -> str:
        repair_id = f"{plan.order_id}:{self.new_id()}"
        if not self.documents.save(plan, repair_id):
            raise ConcurrentUpdateError(
                f"order {plan.order_id} was written meanwhile, and nothing was repaired: look at "
                "it again with --dry-run, then send the command again"
            )
        fields = [change.path for change in plan.changes]
        self.telemetry.info(
            "order.repaired", by=plan.repairer.by, fields=fields, repair_id=repair_id
        )
        return repair_id
