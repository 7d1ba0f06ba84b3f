"""Request bodies of the public API are read strictly."""

import pytest
from pydantic import ValidationError

from gorder.constraints import ID_PATTERN
from gorder.contracts.api import CreateOrderBody, StatusChangeBody
from gorder.contracts.request_body import (
    MAX_BODY_BYTES,
    BodyTooLarge,
    InvalidBody,
    MalformedJson,
    read_body,
)
from tests.fakes.clock import NOON


def line(product_id: str, quantity: str | None) -> bytes:
    """Return a body with one line, of the given JSON values."""
    fields = f'"id": {product_id}' + (f', "quantity": {quantity}' if quantity else "")
    return f'{{"items": [{{{fields}}}]}}'.encode()


def test_a_body_is_read() -> None:
    body = read_body(CreateOrderBody, b'{"items": [{"id": "soup", "quantity": 2}]}')

    assert [(item.id, item.quantity) for item in body.items] == [("soup", 2)]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"{'items': []}", b'{"items": [],}'])
def test_invalid_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson, match="not JSON"):
        read_body(CreateOrderBody, body)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b"null", {"body": "must be a JSON object"}),
        (b"[]", {"body": "must be a JSON object"}),
        (b"{}", {"items": "is required"}),
        (b'{"items": []}', {"items": "must have at least 1 entry"}),
        (b'{"items": {}}', {"items": "must be a JSON array"}),
        (b'{"items": [1]}', {"items.0": "must be a JSON object"}),
        (b'{"items": [], "items": []}', {"items": "is given more than once"}),
        (line('"soup"', None), {"items.0.quantity": "is required"}),
        (line('""', "1"), {"items.0.id": f"must match {ID_PATTERN}"}),
        (line('"a b"', "1"), {"items.0.id": f"must match {ID_PATTERN}"}),
        (line(r'"soup\n"', "1"), {"items.0.id": f"must match {ID_PATTERN}"}),
        (line(r'"\ud800"', "1"), {"items.0.id": "must be valid Unicode"}),
        (
            line("7", "0"),
            {"items.0.id": "must be a string", "items.0.quantity": "must be 1 or more"},
        ),
        (line('"soup"', '"1"'), {"items.0.quantity": "must be an integer"}),
        (line('"soup"', "2.5"), {"items.0.quantity": "must be an integer"}),
        (line('"soup"', "true"), {"items.0.quantity": "must be an integer"}),
        (line('"soup"', "1001"), {"items.0.quantity": "must be 1000 or less"}),
        (line('"soup"', "1e400"), {"items.0.quantity": "must be 1000 or less"}),
        (line('"soup"', "-1e400"), {"items.0.quantity": "must be 1 or more"}),
        (line('"soup"', "9" * 5000), {"items.0.quantity": "must be 1000 or less"}),
        (line('"soup"', '1, "price": 0'), {"items.0.price": "is not a known field"}),
    ],
    ids=lambda value: value[:60].decode() if isinstance(value, bytes) else "",
)
def test_an_invalid_field_is_named_with_its_problem(body: bytes, errors: dict[str, str]) -> None:
    with pytest.raises(InvalidBody) as raised:
        read_body(CreateOrderBody, body)

    assert {error["field"]: error["problem"] for error in raised.value.errors} == errors


@pytest.mark.parametrize("quantity", ["2", "2.0", "2e0", "0.2E1", "20e-1", "2.000"])
def test_an_integer_may_be_written_with_a_fraction_or_an_exponent(quantity: str) -> None:
    [item] = read_body(CreateOrderBody, line('"soup"', quantity)).items

    assert (item.quantity, type(item.quantity)) == (2, int)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_constant_that_is_not_json_is_refused(constant: str) -> None:
    with pytest.raises(MalformedJson, match=f"not JSON: {constant} is not a JSON number"):
        read_body(CreateOrderBody, line('"soup"', constant))


def test_a_response_may_have_a_status_of_a_later_release() -> None:
    change = StatusChangeBody(status="picked_up", at=NOON)

    assert change.model_dump()["status"] == "picked_up"


def test_a_response_refuses_a_field_that_is_not_declared() -> None:
    with pytest.raises(ValidationError, match="note"):
        StatusChangeBody(status="paid", at=NOON, note="")  # type: ignore[call-arg]  # the point


def test_a_body_has_64_kib_at_most() -> None:
    with pytest.raises(BodyTooLarge, match=str(MAX_BODY_BYTES)):
        read_body(CreateOrderBody, b" " * (MAX_BODY_BYTES + 1))
