"""How an order is stored in MongoDB: one document, its outbox inside it.

Two releases read and write the same documents (ADR 14). A field that this release does not know is
ignored when read, and kept when written: a write sets what it changes and replaces nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import bson
from bson.codec_options import CodecOptions

from gorder.order.adapters.mongo_seal import seal_of
from gorder.order.adapters.mongo_shape import ORDER, PAYMENTS, require
from gorder.order.changes import Checkout, OutboxEvent, StaffNote, StatusChange
from gorder.order.lines import LineNote, OrderLine
from gorder.order.model import Order
from gorder.order.payments import Payment, Refund, in_sequence
from gorder.order.postponement import Postponement
from gorder.order.sales import money_days
from gorder.order.status import read_status
from gorder.order.watch import watch_at

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type Document = dict[str, Any]

PAYMENT_FIELDS: Final = {"payments": 1, "payment": 1}
# What a write does not set field by field: lists grow, and the others are set by every write.
_APART: Final = {"lines", "history", "notes", "outbox", "changed_at", "seal"}


def to_document(order: Order) -> Document:
    """Return the whole order; `_id` is the order id. BSON keeps times to the millisecond."""
    document = {
        "_id": order.order_id,
        "customer_id": order.customer_id,
        "trace_id": order.trace_id,
        "status": order.status.value,
        "version": order.version,
        "currency": order.currency,
        "amount_total": order.amount_total,
        "lines": [_line_document(line) for line in order.lines],
        "history": [{"status": change.status.value, "at": change.at} for change in order.history],
        "checkout": asdict(order.checkout),
        "payments": {payment.key: payment_document(payment) for payment in order.payments},
        "payment": earlier_payment(order.payment),
        "outbox": [asdict(event) for event in order.outbox],
        "token_key_id": order.token_key_id,
        "published_at": order.published_at,
        "resumed": order.resumed,
        "reason": order.reason,
        "notes": [asdict(note) for note in order.notes],
        "watch_at": watch_at(order),
        "placed_at": order.placed_at,
        "changed_at": order.placed_at,
        "money_on": money_days(order),
    }
    if order.number is not None:  # otherwise as releases before numbers write it
        document["number"] = order.number
    return document | {"seal": seal_of(document)}


def to_order(document: Document) -> Order:
    """Return the order of a document that this release, an earlier or a later one wrote.

    Raises:
        OrderUnreadableError: none of them wrote it so.
    """
    require(document.get("_id"), document, ORDER)
    return Order(
        order_id=document["_id"],
        customer_id=document["customer_id"],
        trace_id=document["trace_id"],
        lines=tuple(map(_line, document["lines"])),
        currency=document["currency"],
        status=read_status(document["status"]),
        version=document["version"],
        history=tuple(StatusChange(read_status(c["status"]), c["at"]) for c in document["history"]),
        checkout=_read(Checkout, document["checkout"]),
        payments=tuple(_payments(document)),
        outbox=tuple(_read(OutboxEvent, event) for event in document["outbox"]),
        token_key_id=document.get("token_key_id", ""),
        published_at=document.get("published_at"),
        resumed=document.get("resumed", 0),
        reason=document.get("reason"),
        notes=tuple(_read(StaffNote, note) for note in document.get("notes", ())),
        number=document.get("number"),
    )


def to_update(before: Order, after: Order) -> Document:
    """Return the update operators that change the document of `before` into that of `after`.

    No line is added or removed. History and notes only grow, except that what a note says may
    change. One write either adds events to the outbox or takes some out, and either adds notes or
    changes some, because MongoDB refuses two operators on one list.

    Raises:
        ValueError: the change does both, or changes the number of lines.
    """
    old, new = to_document(before), to_document(after)
    # What follows from the order, and the seal, may be missing or out of date: earlier releases do
    # not write them.
    follows = ("watch_at", "placed_at", "money_on", "seal")
    always = {name: new[name] for name in ("version", *follows)}
    lines = list(zip(old["lines"], new["lines"], strict=True))
    reworded = _changed_parts("notes", zip(old["notes"], new["notes"], strict=False))
    in_place = _changed_parts("lines", lines) | reworded
    update: Document = {"$set": always | _changed(old, new) | in_place}
    gone = [*_removed(old["payments"], new["payments"], "payments.")]
    for place, (before_line, after_line) in enumerate(lines):
        gone += _removed(before_line, after_line, f"lines.{place}.")
    if gone:
        update["$unset"] = dict.fromkeys(gone, "")
    pushed = {name: new[name][len(old[name]) :] for name in ("history", "notes")}
    if reworded and pushed["notes"]:
        raise ValueError(f"order {after.order_id}: one write adds and changes notes")
    pushed["outbox"] = [event for event in new["outbox"] if event not in old["outbox"]]
    if added := {name: {"$each": entries} for name, entries in pushed.items() if entries}:
        update["$push"] = added
    if delivered := [e["event_id"] for e in old["outbox"] if e not in new["outbox"]]:
        if pushed["outbox"]:
            raise ValueError(f"order {after.order_id}: one write adds and takes out outbox events")
        update["$pull"] = delivered_events(delivered)
    return update


def as_stored(document: Document, options: CodecOptions[Document]) -> Document:
    """Return the document as it is read after it was written: with shorter times, for example."""
    return bson.decode(bson.encode(document), options)


def has_change(
    stored: Document, before: Order, after: Order, options: CodecOptions[Document]
) -> bool:
    """Return whether the update that changes `before` into `after` made the stored document.

    Its outbox may lack events of `before`, because others acknowledge them meanwhile.
    """
    found, expected = to_order(stored), to_order(as_stored(to_document(after), options))
    added = _event_ids(after) - _event_ids(before)
    return added <= _event_ids(found) and replace(found, outbox=()) == replace(expected, outbox=())


def delivered_events(event_ids: list[str]) -> Document:
    """Return what `$pull` needs to take events out of the outbox."""
    return {"outbox": {"event_id": {"$in": event_ids}}}


def _event_ids(order: Order) -> set[str]:
    return {event.event_id for event in order.outbox}


def _changed(old: Document, new: Document, path: str = "") -> Document:
    """Return the fields to set, by path. A document inside is changed field by field."""
    changed: Document = {}
    for name in new.keys() - _APART:
        before, after = old.get(name), new[name]
        if isinstance(before, dict) and isinstance(after, dict):
            changed |= _changed(before, after, f"{path}{name}.")
        elif before != after:
            changed[f"{path}{name}"] = after
    return changed


def _removed(old: Document, new: Document, path: str) -> Iterator[str]:
    """Yield the paths of fields that are in the old document only."""
    for name, before in old.items():
        if name not in new:
            yield f"{path}{name}"
        elif isinstance(before, dict):
            yield from _removed(before, new[name], f"{path}{name}.")


def _changed_parts(name: str, parts: Iterable[tuple[Document, Document]]) -> Document:
    """Return the fields to set in the parts of a list, by path. Other fields of them are kept."""
    changed: Document = {}
    for place, (before, after) in enumerate(parts):
        changed |= _changed(before, after, f"{name}.{place}.")
    return changed


def _line_document(line: OrderLine) -> Document:
    """Return a line. One without notes is as releases before notes write it."""
    document = asdict(line)
    notes = document.pop("notes")
    return document | ({"notes": list(notes)} if notes else {})


def _line(stored: Document) -> OrderLine:
    notes = tuple(_read(LineNote, note) for note in stored.get("notes", ()))
    return replace(_read(OrderLine, stored), notes=notes)


def payment_document(payment: Payment) -> Document:
    """Return a payment with its refunds by id."""
    return {
        "session_id": payment.session_id,
        "payment_intent_id": payment.payment_intent_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "dispute": payment.dispute,
        "lost": payment.lost,
        "refund_reason": payment.refund_reason,
        "discount": payment.discount,
        "tax": payment.tax,
        "added": payment.added,
        "refunds": {refund.refund_id: asdict(refund) for refund in payment.refunds},
    }


def earlier_payment(payment: Payment | None) -> Document | None:
    """Return the order's payment as release 0.1 reads it."""
    if payment is None:
        return None
    return {
        "session_id": payment.session_id,
        "payment_intent_id": payment.payment_intent_id,
        "amount": payment.amount,
        "currency": payment.currency,
    }


def _payments(document: Document) -> Iterator[Payment]:
    """Yield the payments. Of one that release 0.1 wrote, the list has later changes only."""
    listed = dict(document.get("payments", {}))
    if earlier := document["payment"]:
        key = earlier["payment_intent_id"] or earlier["session_id"]
        listed[key] = earlier | listed.get(key, {})
    require(document["_id"], list(listed.values()), PAYMENTS)
    for stored in listed.values():
        yield to_payment(stored)


def to_payment(stored: Document) -> Payment:
    """Return the payment of a document of this shape."""
    refunds = (_read(Refund, refund) for refund in stored.get("refunds", {}).values())
    return replace(_read(Payment, stored), refunds=in_sequence(refunds))


def to_postponement(document: Document | None) -> Postponement | None:
    """Return how the sweep postponed the order last; None if it never did, or in another shape."""
    match document:
        case {"postponed": {"at": datetime() as at, "until": datetime() as until}}:
            return Postponement(at, until)
    return None


def payment_keys(document: Document) -> set[str]:
    """Return the keys of the payments in a document with PAYMENT_FIELDS, readable or not."""
    listed, earlier = document.get("payments"), document.get("payment")
    keys = set(listed) if isinstance(listed, dict) else set()
    match earlier:  # as release 0.1 wrote it
        case {"payment_intent_id": str(key)} | {"session_id": str(key)}:
            keys.add(key)
    return keys


def _read[T: "DataclassInstance"](kind: type[T], stored: Mapping[str, Any]) -> T:
    """Create the object from the stored fields that the class has; others get their defaults."""
    return kind(**{f.name: stored[f.name] for f in fields(kind) if f.name in stored})
