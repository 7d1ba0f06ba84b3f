"""Repairs of the documents of orders by staff, also of those that cannot be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gorder.constraints import MAX_INTEGER, MAX_UNITS_PER_LINE
from gorder.currencies import currency_rules
from gorder.order.errors import RepairRefused
from gorder.order.model import Order

REPAIR: Final = "repair_order"
"""The command of a repair's note."""
_LONGEST_NOTE: Final = 2000

type Json = dict[str, Any] | list[Any] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class DocumentEdit:
    """What to change in a document, by dotted paths. A list's parts are named by their index.

    Values are in Extended JSON, in which a time is `{"$date": "2026-11-28T20:00:00Z"}`.
    """

    values: Mapping[str, Json]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after a repair, in Extended JSON. None: the document does not have it."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Repairer:
    """Who repairs an order, why, and when."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """A repair that was not written yet.

    Attributes:
        order_id: the order.
        changes: the fields that change.
        wrong: what contradicts the document as it is stored, in words.
        still_wrong: what would contradict the repaired document, in words.
        after: the order that would be stored; None if its document could not be read.
        stored, written: the whole documents, for the store alone.
    """

    order_id: str
    repairer: Repairer
    changes: tuple[FieldChange, ...]
    wrong: tuple[str, ...]
    still_wrong: tuple[str, ...]
    after: Order | None
    stored: Mapping[str, Any]
    written: Mapping[str, Any]

    @property
    def is_needed(self) -> bool:
        """Whether something is wrong, or changes."""
        return bool(self.changes or self.wrong)

    def require_right(self) -> None:
        """Raises RepairRefused: the repaired document would still be wrong."""
        if self.still_wrong:
            raise RepairRefused(
                f"Nothing was written, because order {self.order_id} would still be wrong: "
                f"{'; '.join(self.still_wrong)}. Correct these fields in the same command."
            )


@dataclass(frozen=True, slots=True)
class RepairDone:
    """A repair as it was planned; `repair_id` is None if nothing was written."""

    plan: RepairPlan
    repair_id: str | None


@dataclass(frozen=True, slots=True)
class KeptRepair:
    """A repair on record."""

    repair_id: str
    repairer: Repairer
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """An order's document, what contradicts it, and its repairs, oldest first.

    `document` is in Extended JSON.
    """

    order_id: str
    document: Mapping[str, Json]
    wrong: tuple[str, ...]
    repairs: tuple[KeptRepair, ...]


def exceeded_bounds(order: Order, *, is_new: bool) -> Iterator[str]:
    """Yield the numbers of an order that no order of gorder has.

    `is_new`: its lines or its currency were set, so they are those of a new order.
    """
    total = order.amount_total
    if is_new:
        for line in order.lines:
            if line.quantity > MAX_UNITS_PER_LINE:
                yield f"its line of {line.product_id} is of more than {MAX_UNITS_PER_LINE} units"
        if broken := currency_rules(order.currency).broken_by_total(total):
            yield broken
    if not 1 <= order.checkout.attempt <= MAX_INTEGER:
        yield f"checkout.attempt is not from 1 to {MAX_INTEGER}"
    if not 0 <= order.resumed <= MAX_INTEGER:
        yield f"resumed is not from 0 to {MAX_INTEGER}"
    for name, amounts in (("its total", [total]), *_amounts(order)):
        if any(amount > MAX_INTEGER for amount in amounts):
            yield f"{name}: an amount is above {MAX_INTEGER}"


def _amounts(order: Order) -> Iterator[tuple[str, list[int]]]:
    for each in order.payments:
        refunds = [refund.amount for refund in each.refunds]
        yield each.key, [each.amount, each.lost, each.discount, each.tax, each.added, *refunds]


def repair_note(reason: str, changes: tuple[FieldChange, ...]) -> str:
    """Return the text of a repair's note: the reason, and the fields with their old values."""
    old = (f"{change.path} was {change.before or 'missing'}" for change in changes)
    text = f"{reason} ({'; '.join(old) or 'accepted as it was'})"
    return text if len(text) <= _LONGEST_NOTE else f"{text[:_LONGEST_NOTE]} …"
