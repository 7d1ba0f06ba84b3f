"""The seal of an order's document: what it shows, and what it leaves to other rules."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson.codec_options import CodecOptions

from gorder.order.adapters.mongo_documents import Document, as_stored, to_document, to_order
from gorder.order.adapters.mongo_seal import FORM, broken_seal, seal_of
from gorder.order.changes import OutboxEvent, StaffNote
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from gorder.order.reconciliation import receive
from gorder.order.staff import noted
from tests.fakes.clock import NOON
from tests.fakes.examples import (
    EVENTS,
    cooked,
    cooking,
    paid,
    payment,
    pending,
    refund,
    refunded,
    waiting,
    with_notes,
    with_number,
)

OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
LATER = NOON + timedelta(microseconds=1_234_567)
ORDERS = {
    "pending": pending(),
    "waiting": waiting(),
    "paid": paid(),
    "paid, not published": receive(waiting(), payment(), EVENTS, has_units=True),
    "cooking": cooking(),
    "cooked": cooked(),
    "refunded": refunded(),
    "cancelled": waiting().cancel(OutboxEvent("c", "order.cancelled", LATER)),
    "with a note": noted(paid(), StaffNote("retry_refund", "ann", "why", LATER)),
    "with notes on lines": with_notes(paid()),
    "with a number": with_number(paid()),
    "with notes and a number": with_number(with_notes(paid())),
    "disputed": receive(paid(), replace(payment(), dispute="open"), EVENTS, has_units=False),
}


def stored(order: Order, **changes: Any) -> Document:
    return as_stored(to_document(order), OPTIONS) | changes


def broken(document: Document) -> list[str]:
    return list(broken_seal(document, to_document(to_order(document))))


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_as_gorder_wrote_it_has_its_seal(name: str) -> None:
    order = ORDERS[name]

    assert broken(stored(order)) == []
    assert broken(stored(order) | {"a_field_of_a_later_release": 1}) == []


def test_delivered_events_leave_the_outbox_without_a_new_seal() -> None:
    assert broken(stored(ORDERS["paid, not published"], outbox=[])) == []


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def other(value: object) -> object:
    match value:
        case datetime():
            return value + timedelta(milliseconds=1)
        case int():
            return value + 1
        case str():
            return value + "x"
    return "x"


def changed(document: Any, path: tuple[str | int, ...]) -> Any:
    first, *rest = path
    copy: Any = dict(document) if isinstance(document, dict) else list(document)
    copy[first] = changed(copy[first], tuple(rest)) if rest else other(copy[first])
    return copy


# Found by other rules: they repeat other fields. The time of the write is known to nothing else.
REPEATED = {"amount_total", "payment", "changed_at"}
CHANGES = [
    pytest.param(order, path, id=f"{name}: {'.'.join(map(str, path))}")
    for name, order in ORDERS.items()
    for path in leaves(to_document(order))
    if path[0] not in REPEATED
]


@pytest.mark.parametrize(("order", "path"), CHANGES)
def test_each_changed_field_is_found(order: Order, path: tuple[str | int, ...]) -> None:
    document = changed(stored(order), path)

    try:
        found = broken(document)
    except OrderUnreadableError:  # the audit names it too
        return

    assert found or path == ("seal", "form")  # which may be a later release's


@pytest.mark.parametrize("version", [-1, 1])
def test_a_changed_version_alone_is_found(version: int) -> None:
    assert broken(stored(paid(), version=paid().version + version))


@pytest.mark.parametrize(
    "seal", [1, {}, {"form": FORM}, {"form": "1"}, seal_of(to_document(paid())) | {"form": 0}]
)
def test_a_seal_of_another_form_is_found(seal: object) -> None:
    assert broken(stored(paid(), seal=seal)) == ["its seal has another form"]


def test_a_document_without_a_seal_is_left_to_the_other_rules() -> None:
    unsealed = stored(paid(), seal=None, currency="usd")
    later = stored(paid(), seal={"form": FORM + 1, "of": "a later release"}, currency="usd")
    by_release_0_1 = stored(paid(), version=paid().version + 1, reason="another")

    assert broken(unsealed) == broken(later) == broken(by_release_0_1) == []


def by_earlier_release(document: Document) -> Document:
    """Return the document as a release that knows no notes on lines and no number leaves it."""
    known = deepcopy(document)
    known.pop("number", None)
    for each in known["lines"]:
        each.pop("notes", None)
    return document | {"seal": seal_of(known)}


@pytest.mark.parametrize("name", ORDERS)
def test_a_document_that_an_earlier_release_sealed_has_its_seal(name: str) -> None:
    document = by_earlier_release(stored(ORDERS[name]))

    assert document["seal"]["form"] == 1
    assert broken(document) == []
    assert broken(document | {"currency": "usd"})


def test_only_a_document_with_new_content_has_the_new_form() -> None:
    """An earlier release checks the others."""
    forms = {name: stored(order)["seal"]["form"] for name, order in ORDERS.items()}

    assert {name for name, form in forms.items() if form == 2} == {
        *("with notes on lines", "with a number", "with notes and a number")
    }
    assert set(forms.values()) == {1, 2}


def test_removed_notes_and_a_removed_number_are_found() -> None:
    document = stored(with_number(paid()))
    noted_document = stored(with_notes(paid()))
    del document["number"]
    for each in noted_document["lines"]:
        each.pop("notes", None)

    assert broken(document) == ["its content is not what gorder wrote"]
    assert broken(noted_document) == ["its content is not what gorder wrote"]


FORMS = {
    1: "8052ef1f6d64644665c8e1011397e8814a12fad05eec4dc562619fd3fc45556f",
    2: "160f87143ab72987aa18aecd6d6867943cdeae870287724d8674cde8183a8174",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_seal_stays_the_same(form: int) -> None:
    """Raise FORM if this fails: an earlier release would take new content for a change by hand."""
    content = receive(
        noted(paid(), StaffNote("close_order", "ann", "why", NOON)),
        replace(payment(), refunds=(refund(1),)),
        EVENTS,
        has_units=False,
    )

    seal = seal_of(to_document(with_number(with_notes(content)) if form == FORM else content))

    assert (seal["form"], seal["digest"]) == (form, FORMS[form])
