"""What create_order passes on of a request's way."""

import json

from functions.create_order.app import respond
from gorder.order.commands.create_order import CreateOrder, PlacedOrder
from gorder.runtime.http import HttpRequest


class _ReceivedError(Exception):
    """Carries the command, so that no order is placed."""

    def __init__(self, command: CreateOrder) -> None:
        super().__init__(command)
        self.command = command


def _received(headers: dict[str, str]) -> CreateOrder:
    request = HttpRequest(
        path={"customer_id": "ada"},
        headers={"content-type": "application/json", **headers},
        body=json.dumps({"items": [{"id": "soup", "quantity": 1}]}).encode(),
        trace_id="t",
        addresses=("192.0.2.1", "203.0.113.9"),
    )

    def create_order(command: CreateOrder) -> PlacedOrder:
        raise _ReceivedError(command)

    try:
        respond(request, create_order)
    except _ReceivedError as received:
        return received.command
    raise AssertionError


def test_the_secret_of_the_pages_is_passed_on_and_in_no_text() -> None:
    through, directly = _received({"x-gorder-pages": "s3cret"}), _received({})

    assert (through.pages_proof, directly.pages_proof) == ("s3cret", "")
    assert "s3cret" not in repr(through)
    assert through.addresses == ("192.0.2.1", "203.0.113.9")
