"""Documents that no order can have, or that cannot be stored: refused in words."""

from copy import deepcopy
from dataclasses import replace

import bson
import pytest
from bson.codec_options import CodecOptions
from bson.datetime_ms import DatetimeMS

from gorder.order.adapters.mongo_documents import Document, to_document
from gorder.order.adapters.mongo_edits import edited
from gorder.order.adapters.mongo_kept_repairs import kept_repair
from gorder.order.adapters.mongo_lists import lenient
from gorder.order.adapters.mongo_repair import planned
from gorder.order.errors import RepairRefused
from gorder.order.repairs import DocumentEdit, Json
from tests.contract.stored_orders import new_order, pay
from tests.contract.test_order_documents import ANN, HandChangedOrders, stored
from tests.fakes.examples import line

__all__ = ["stored"]


def test_a_document_with_values_that_python_does_not_have_is_planned() -> None:
    options: CodecOptions[Document] = CodecOptions(tz_aware=True)
    broken = {"history": [{"status": "pending", "at": DatetimeMS(10**15)}], "trace_id": "xxxx"}
    raw = bson.encode(to_document(new_order()) | broken).replace(b"xxxx", b"\xff\xfexx")
    times: dict[str, Json] = {"history.0.at": {"$date": "2026-11-23T12:00:00Z"}, "trace_id": "t"}

    plan = planned(bson.decode(raw, lenient(options)), DocumentEdit(times), ANN)

    plan.require_right()
    assert plan.wrong[0].endswith(
        "history.0.at: must be a valid datetime; repair it: gorder orders repair"
    )
    [at] = [change.before for change in plan.changes if change.path == "history.0.at"]
    assert at == '{"$date": {"$numberLong": "1000000000000000"}}'
    assert bson.encode(kept_repair(plan, "x:1"))


def test_a_document_without_room_for_its_copy_is_refused() -> None:
    document = to_document(new_order()) | {"notes": ["x" * 15_000_000]}

    with pytest.raises(RepairRefused, match="15000000 bytes at most"):
        planned(document, DocumentEdit({"notes": []}), ANN)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lines.9", 1),
        ("lines.x", 1),
        ("customer_id.x", 1),
        ("new", {"$oid": "0123456789abcdef01234567"}),
        ("new", {"$date": "soon"}),
        ("new", {"$where": 1}),
        ("new", {"a.b": 1}),
        ("new", {"": 1}),
        ("new", 2**63),
        ("new", [[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]),
        ("new", {"$code": "x"}),
        ("new", "\ud800"),
    ],
)
def test_what_cannot_be_stored_is_refused(path: str, value: Json) -> None:
    document = to_document(new_order())
    before = deepcopy(document)

    with pytest.raises(RepairRefused, match=path):
        edited(document, DocumentEdit({path: value}))
    assert document == before


REFUND: Json = {
    "refund_id": "re_1",
    "amount": 2**60,
    "status": "succeeded",
    "reason": "",
    "by": "stripe",
    "at": {"$date": "2026-11-23T12:31:00Z"},
}


TOO_MUCH: list[tuple[str, Json, str]] = [
    ("lines.0.quantity", 2**62, "its line of soup is of more than 1000 units"),
    ("lines.0.unit_amount", 2**62, "is above the maximum of 99999999 minor units of eur"),
    ("lines.0.quantity", 1001, "its line of soup is of more than 1000 units"),
    ("checkout.attempt", 2**63 - 1, "checkout.attempt is not from 1 to"),
    ("checkout.attempt", -1, "checkout.attempt is not from 1 to"),
    ("resumed", -5, "resumed is not from 0 to"),
    ("resumed", 2**60, "resumed is not from 0 to"),
    ("payments.pi_1.refunds", {"re_1": REFUND}, "pi_1: an amount is above"),
    ("payments.pi_1.tax", 2**60, "pi_1: an amount is above"),
]


@pytest.mark.parametrize(("path", "value", "text"), TOO_MUCH, ids=str)
def test_a_number_that_no_order_has_is_refused_in_words(
    stored: HandChangedOrders, path: str, value: Json, text: str
) -> None:
    order = stored.add(pay(new_order()))

    plan = stored.documents.plan(order.order_id, DocumentEdit({path: value}), ANN)

    with pytest.raises(RepairRefused, match=text):
        plan.require_right()


def test_numbers_of_earlier_orders_are_accepted() -> None:
    document = to_document(replace(new_order(), lines=(line("soup", 9999),)))

    plan = planned(document | {"customer_id": 7}, DocumentEdit({"customer_id": "ann"}), ANN)

    plan.require_right()
