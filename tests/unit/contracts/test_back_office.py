"""The requests of the back office, and the errors that an operator reads."""

import json
from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest, ReceiveStockRequest, parse_request

RECEIPT: dict[str, Any] = {
    "command": "receive_stock",
    "receipt_id": "r1",
    "product_id": "soup",
    "quantity": 5,
}


def test_a_request_is_parsed() -> None:
    assert parse_request(json.dumps(RECEIPT)) == ReceiveStockRequest(**RECEIPT)


@pytest.mark.parametrize("body", ["{}", '{"command": "sell"}', '{"command": null}'])
def test_an_unknown_command_is_answered_with_the_known_ones(body: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(body)

    assert str(raised.value) == (
        "Invalid back office request: "
        "command: must be one of sync_catalogue, receive_stock, show_stock"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"quantity": 0}, "receive_stock.quantity: Input should be greater than or equal to 1"),
        ({"quantity": 10**10}, "receive_stock.quantity: Input should be less than or equal to 1"),
        ({"quantity": "5"}, "receive_stock.quantity: Input should be a valid integer"),
        ({"receipt_id": ""}, "receive_stock.receipt_id: String should have at least 1 character"),
        ({"product_id": "a b"}, "receive_stock.product_id: String should match pattern"),
    ],
)
def test_a_wrong_field_is_named_with_its_bound(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps(RECEIPT | change))

    assert problem in str(raised.value)


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"receipt_id: .*; receive_stock.quantity: "):
        parse_request('{"command": "receive_stock", "product_id": "soup"}')


@pytest.mark.parametrize("body", ["[]", "7", "{"])
def test_a_body_that_is_not_an_object_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequest, match="request: "):
        parse_request(body)
