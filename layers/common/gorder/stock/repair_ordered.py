"""How the rows of an order are written from its document. No I/O."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from gorder.contracts.audit import AuditedLine
from gorder.stock.audit import LedgerLine, LedgerOrder, Sums
from gorder.stock.model import Price, ReservedLine
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import from_reservation
from gorder.stock.repair_archive import lost_archive


def from_document(
    order: LedgerOrder,
    ordered: Collection[AuditedLine],
    now: datetime,
    state: str | None = None,
    differences: Sums = MappingProxyType({}),
) -> LedgerOrder:
    """Return the order with the lines of its document, and movements that agree with them.

    All lines get `state`, or the one that they have. Lines and movements of other products are left
    out. Times that agree are kept; a line without any has those of its order's lines, or `now`.

    Raises:
        RepairRefusal: there is no document; `state` is missing, and the lines have none or several;
            or archived movements of a line contradict what it would become.
    """
    if not ordered:
        raise RepairRefusal(
            f"order {order.order_id} is not stored, or its document cannot be read: see gorder "
            "orders document, or use --keep movements or --keep reservation"
        )
    quantities = {each.product_id: each.quantity for each in ordered}
    kept = {line.product_id: line for line in order.lines if line.product_id in quantities}
    chosen = state or _only_state(order.order_id, kept)
    lines = [
        replace(
            kept.get(product_id) or _new_line(order, product_id, quantity, differences, now),
            quantity=quantity,
            state=chosen,
        )
        for product_id, quantity in sorted(quantities.items())
    ]
    _require_archive_stays(order, lines)
    return from_reservation(replace(order, lines=tuple(lines)), differences=differences)


def _only_state(order_id: str, kept: Mapping[str, LedgerLine]) -> str:
    states = sorted({line.state for line in kept.values()})
    if not states:
        raise RepairRefusal(
            f"order {order_id} has no line that was ordered: say with --state which state the "
            "lines get: held if it waits for its payment, confirmed if it is paid"
        )
    if len(states) > 1:
        raise RepairRefusal(
            f"the lines of order {order_id} are {' and '.join(states)}: say with --state which "
            "state they get"
        )
    return states[0]


def _new_line(
    order: LedgerOrder, product_id: str, quantity: int, differences: Sums, now: datetime
) -> LedgerLine:
    moved = [each for each in order.movements if each.product_id == product_id]
    archived = lost_archive(order, product_id, quantity, differences)
    if archived and any(each.quantity != quantity for each in moved):
        raise _refused(order.order_id, product_id)
    reserved = [each.occurred_at for each in moved] or [line.reserved_at for line in order.lines]
    return LedgerLine(
        *(product_id, quantity, ""),
        min((line.expires_at for line in order.lines), default=now),
        min(reserved, default=now),
        None,
        archived,
    )


def _require_archive_stays(order: LedgerOrder, lines: Collection[LedgerLine]) -> None:
    written = {line.product_id: (line.quantity, line.state) for line in lines}
    for line in order.lines:
        if line.archived and written.get(line.product_id) != (line.quantity, line.state):
            raise _refused(order.order_id, line.product_id)


def _refused(order_id: str, product_id: str) -> RepairRefusal:
    return RepairRefusal(
        f"movements of {product_id} in order {order_id} are archived, so its units and its state "
        "cannot change: use --keep movements, or repair the document with gorder orders repair"
    )


def repriced(
    stored: Mapping[str, ReservedLine], ordered: Collection[AuditedLine]
) -> dict[str, ReservedLine]:
    """Return the stored lines that have another name or price than was ordered, as ordered."""
    found = {}
    for each in ordered:
        price = Price(each.price_id, each.unit_amount, each.currency)
        line = stored.get(each.product_id)
        if line and (line.name, line.price) != (each.name, price):
            found[each.product_id] = ReservedLine(each.product_id, each.name, each.quantity, price)
    return found
