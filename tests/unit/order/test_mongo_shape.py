"""A document of another shape is refused with the names of its fields, and without values."""

from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Self, cast

import bson
import hypothesis.strategies as st
import pytest
from bson.codec_options import CodecOptions
from bson.datetime_ms import DatetimeMS
from hypothesis import given, settings

from gorder.order.adapters.mongo_documents import Document, to_document, to_order
from gorder.order.adapters.mongo_orders import MongoOrders
from gorder.order.errors import OrderUnreadableError
from gorder.order.model import Order
from tests.fakes.clock import NOON
from tests.fakes.examples import cooked, paid, payment, pending, refund, refunded

if TYPE_CHECKING:
    from pymongo.collection import Collection

ORDERS = [pending(), paid(), cooked(), refunded(), replace(paid(), token_key_id="")]
MISSING = object()
ODD = st.one_of(
    st.just(MISSING),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.none() | st.text(max_size=3) | st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=2),
)


def paths(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of each value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in inside:
        yield (*path, name)
        if isinstance(inner, dict | list):
            yield from paths(inner, *path, name)


def changed(document: Document, path: tuple[str | int, ...], value: object) -> Document:
    """Return the document with another value at that path, or without it."""
    result: Any = deepcopy(document)
    inner = result
    for step in path[:-1]:
        inner = inner[step]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    found: Document = result
    return found


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_document_is_read_as_an_order_or_refused(data: st.DataObject) -> None:
    document = to_document(data.draw(st.sampled_from(ORDERS)))
    document = changed(document, data.draw(st.sampled_from(list(paths(document)))), data.draw(ODD))

    try:
        order = to_order(document)
    except OrderUnreadableError:
        return

    assert isinstance(order, Order)
    assert isinstance(to_document(order), dict)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("customer_id",), MISSING, "customer_id: missing"),
        (("version",), "secret", "version: must be a valid integer"),
        (("version",), True, "version: must be a valid integer"),
        (("lines",), None, "lines: must be a valid list"),
        (("lines",), [], "lines: too_short"),
        (("lines", 1, "quantity"), 2.0, "lines.1.quantity: must be a valid integer"),
        (("history", 0), "secret", "history.0: must be a valid dictionary"),
        (("checkout",), None, "checkout: must be a valid dictionary"),
        (("checkout", "expires_at"), "secret", "checkout.expires_at: must be a valid datetime"),
        (("payment",), {"amount": 1}, "payment.session_id: missing"),
        (("payments",), [], "payments: must be a valid dictionary"),
        (("payments", "pi_1", "amount"), "secret", "0.amount: must be a valid integer"),
        (
            ("payments", "pi_1", "refunds", "re_1", "at"),
            None,
            "0.refunds.re_1.at: must be a valid datetime",
        ),
        (("payments", "pi_1", "refunds"), "x", "0.refunds: must be a valid dictionary"),
    ],
)
def test_the_error_names_the_order_and_the_field(
    path: tuple[str | int, ...], value: object, problem: str
) -> None:
    returned = replace(payment(), refunds=(refund(),))
    document = to_document(replace(paid(), payments=(returned,)))

    with pytest.raises(OrderUnreadableError) as caught:
        to_order(changed(document, path, value))

    assert str(caught.value).startswith(f"order {pending().order_id} cannot be read: ")
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


class LateCollection:
    """A collection whose one document has a time that Python does not have."""

    codec_options: CodecOptions[Document] = CodecOptions(tz_aware=True)

    def with_options(self, codec_options: CodecOptions[Document]) -> Self:
        other = copy(self)
        other.codec_options = codec_options
        return other

    def find_one(self, _wanted: object, _fields: object = None) -> Document:
        at = {"at": DatetimeMS(316_500_000_000_000), "until": DatetimeMS(316_500_000_000_000)}
        return bson.decode(bson.encode({"_id": "x", "postponed": at}), self.codec_options)

    def update_one(self, _wanted: object, change: Document) -> None:
        self.change = change


def test_a_time_that_python_does_not_have_is_unreadable_and_can_be_postponed() -> None:
    collection = LateCollection()
    orders = MongoOrders(lambda: cast("Collection[Document]", collection))

    with pytest.raises(OrderUnreadableError, match="order x cannot be read"):
        orders.get("x")
    orders.postpone("x", NOON)

    assert collection.change["$set"]["postponed"]["at"] == NOON
