"""GET /api/menu, through both of its functions."""

import json
from http import HTTPStatus
from typing import Any

from tests.fakes.aws_events import http_event, sqs_event
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.products import product


def menu(deployment: FakeDeployment) -> dict[str, Any]:
    answer = deployment.call("get_menu", http_event())
    assert answer["statusCode"] == HTTPStatus.OK, answer["body"]
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def changed(product_id: str) -> dict[str, Any]:
    """Return the message that a product has changed."""
    envelope = {
        "event_id": "evt_1",
        "event_type": "catalogue.changed",
        "version": 1,
        "occurred_at": NOON.isoformat(),
        "trace_id": "t",
        "data": {"product_id": product_id},
    }
    return sqs_event(json.dumps(envelope))


def test_the_menu_has_price_and_availability() -> None:
    answer = FakeDeployment().call("get_menu", http_event())

    assert answer["headers"]["Cache-Control"] == "public, max-age=5"
    assert json.loads(answer["body"]) == {
        "items": [
            {
                "id": name,
                "name": f"Name of {name}",
                "unit_amount": amount,
                "currency": "eur",
                "available": 10,
            }
            for name, amount in (("bread", 250), ("soup", 700))
        ]
    }


def test_a_change_of_the_catalogue_is_on_the_menu() -> None:
    deployment = FakeDeployment()
    deployment.products.sell(product("soup", amount=800), product("bread", active=False))

    for product_id in ("soup", "bread", "ghost", "soup"):
        assert deployment.call("catalogue_sync", changed(product_id)) == {"batchItemFailures": []}

    assert [(item["id"], item["unit_amount"]) for item in menu(deployment)["items"]] == [
        ("soup", 800)
    ]


def test_a_message_returns_while_the_catalogue_source_is_down() -> None:
    deployment = FakeDeployment()
    deployment.products.down = True

    answer = deployment.call("catalogue_sync", changed("soup"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert len(menu(deployment)["items"]) == 2


def test_an_event_of_another_type_returns_to_the_queue() -> None:
    event = changed("soup")
    body = json.loads(event["Records"][0]["body"])
    body |= {"event_type": "order.paid", "data": {"order_id": "o1"}}
    event["Records"][0]["body"] = json.dumps(body)

    answer = FakeDeployment().call("catalogue_sync", event)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_the_menu_is_unavailable_while_the_stock_service_is_down() -> None:
    deployment = FakeDeployment()
    deployment.stock.races_to_lose = 99

    answer = deployment.call("get_menu", http_event())

    assert answer["statusCode"] == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer["headers"]["Cache-Control"] == "no-store"
