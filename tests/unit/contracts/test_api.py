"""Bodies of the public API, read strictly."""

import pytest

from gorder.contracts.api import (
    MAX_BODY_BYTES,
    BodyTooLarge,
    CreateOrderBody,
    InvalidBody,
    MalformedJson,
    read_body,
)


def test_a_body_is_read() -> None:
    body = read_body(CreateOrderBody, b'{"items": [{"id": "soup", "quantity": 2}]}')

    assert [(item.id, item.quantity) for item in body.items] == [("soup", 2)]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"{'items': []}", b'{"items": [],}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson, match="not JSON"):
        read_body(CreateOrderBody, body)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"null", ["body"]),
        (b"[]", ["body"]),
        (b"{}", ["items"]),
        (b'{"items": []}', ["items"]),
        (b'{"items": {}}', ["items"]),
        (b'{"items": [1]}', ["items.0"]),
        (b'{"items": [{"id": "soup"}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "", "quantity": 1}]}', ["items.0.id"]),
        (b'{"items": [{"id": "a b", "quantity": 1}]}', ["items.0.id"]),
        (b'{"items": [{"id": "soup\\n", "quantity": 1}]}', ["items.0.id"]),
        (b'{"items": [{"id": 7, "quantity": 0}]}', ["items.0.id", "items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": "1"}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": 1.0}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": true}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": 1001}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": 1e999}]}', ["items.0.quantity"]),
        (b'{"items": [{"id": "soup", "quantity": 1, "price": 0}]}', ["items.0.price"]),
    ],
)
def test_what_does_not_fit_is_named_by_field(body: bytes, fields: list[str]) -> None:
    with pytest.raises(InvalidBody) as raised:
        read_body(CreateOrderBody, body)

    assert [error["field"] for error in raised.value.errors] == fields
    assert all(error["problem"] for error in raised.value.errors)


def test_a_body_has_64_kib_at_most() -> None:
    with pytest.raises(BodyTooLarge, match=str(MAX_BODY_BYTES)):
        read_body(CreateOrderBody, b" " * (MAX_BODY_BYTES + 1))
