"""The back office keeps who asked for a change: on the log line and with the movement."""

from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest
from tests.fakes.deployment import FakeDeployment
from tests.unit.runtime.conftest import Lines, log

__all__ = ["log"]

DELIVERY: dict[str, Any] = {
    "command": "receive_stock",
    "receipt_id": "delivery-1",
    "product_id": "soup",
    "quantity": 5,
}


@pytest.mark.parametrize("by", ["ann@example.com", None])
def test_a_delivery_is_logged_and_kept_with_who_asked(by: str | None, log: Lines) -> None:
    deployment = FakeDeployment()

    assert deployment.call("back_office", DELIVERY | {"by": by}) == {"booked": True}
    assert deployment.call("back_office", DELIVERY | {"by": "bob"}) == {"booked": False}

    assert deployment.stock.kept.booked_by["delivery-1", "soup"] == by
    lines = [line for line in log() if line["message"] == "stock.received"]
    assert [(line["booked"], line.get("by")) for line in lines] == [(True, by), (False, "bob")]
    assert {(line["receipt_id"], line["product_id"], line["quantity"]) for line in lines} == {
        ("delivery-1", "soup", 5)
    }
    assert all(line["function_request_id"] for line in lines)


def test_a_synchronisation_is_logged_with_who_asked(log: Lines) -> None:
    FakeDeployment().call("back_office", {"command": "sync_catalogue", "by": "ann"})

    [line] = [line for line in log() if line["message"] == "catalogue.synced"]
    assert line["by"] == "ann"


def test_a_receipt_with_a_space_at_its_end_is_refused_and_not_lost() -> None:
    deployment = FakeDeployment()

    assert deployment.call("back_office", DELIVERY) == {"booked": True}
    with pytest.raises(InvalidRequest, match="no space last"):
        deployment.call("back_office", DELIVERY | {"receipt_id": "delivery-1 "})


def test_holds_are_shown_with_their_clients_the_largest_first() -> None:
    deployment = FakeDeployment()
    hold = {"expires_at": "2099-12-31T12:00:00Z"}
    client = {"address": "a" * 32, "customer": "b" * 32}
    for order_id, quantity, more in (("o1", 1, {}), ("o2", 3, {"client": client})):
        lines = [{"product_id": "soup", "quantity": quantity}]
        request = {"operation": "reserve", "trace_id": "t", **more}
        holds = [{"order_id": order_id, "lines": lines, **hold}]
        deployment.call("stock_check", request | {"holds": holds})

    shown = deployment.call("back_office", {"command": "show_holds"})["holds"]

    assert [(h["order_id"], h["client"], h["units"]) for h in shown] == [
        ("o2", "a" * 32, 3),
        ("o1", None, 1),
    ]
