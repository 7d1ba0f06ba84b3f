"""GET /api/menu, through both of its functions."""

import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from functions.get_menu.app import respond
from gorder.contracts.stock import MenuListed
from gorder.runtime.http import HttpRequest
from gorder.stock.commands.pause_menu import PauseMenu, PauseMenuHandler
from gorder.stock.menu_details import MenuDetails
from gorder.stock.queries.list_menu import LONGEST_MENU
from tests.compatibility.frozen import read_text
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
        "paused": False,
        "items": [
            {
                "id": name,
                "name": f"Name of {name}",
                "unit_amount": amount,
                "currency": "eur",
                "available": 10,
            }
            for name, amount in (("bread", 250), ("soup", 700))
        ],
    }


def test_the_menu_has_details_and_is_sorted_by_position() -> None:
    deployment = FakeDeployment()
    shown = {"description": "Hot 🍜", "image": "https://shop.example/1.png", "category": "Soups"}
    details = MenuDetails(shown["description"], shown["image"], shown["category"], -1)
    hot = replace(product("soup", amount=700), details=details)
    deployment.products.sell(hot)

    deployment.call("catalogue_sync", changed("soup"))

    soup, bread = menu(deployment)["items"]
    assert (
        soup
        == {
            "id": "soup",
            "name": "Name of soup",
            "unit_amount": 700,
            "currency": "eur",
            "available": 10,
        }
        | shown
    )
    assert bread["id"] == "bread"


@pytest.mark.parametrize("product_id", ["soup", None])
def test_what_is_paused_stays_on_the_menu_with_nothing_available(product_id: str | None) -> None:
    deployment = FakeDeployment()
    PauseMenuHandler(store=deployment.stock)(PauseMenu(product_id, "ann", "No eggs."))

    body = menu(deployment)

    bread, soup = body["items"]
    assert (soup["id"], soup["available"], soup["paused"]) == ("soup", 0, True)
    everything = product_id is None
    assert (body["paused"], bread.get("paused")) == (everything, everything or None)
    assert bread["available"] == (0 if everything else 10)


def test_the_menu_of_an_earlier_stock_service_is_shown() -> None:
    """Its answer says nothing of pauses and details."""
    answer = MenuListed.model_validate_json(read_text("stock_answers.json")["menu"])
    request = HttpRequest({}, {}, b"", "t", ())

    body = respond(request, lambda _query: answer).body

    assert json.loads(body.model_dump_json(exclude_none=True)) == {
        "paused": False,
        "items": [
            {
                "id": "soup",
                "name": "Soup",
                "unit_amount": 700,
                "currency": "eur",
                "available": 8,
            }
        ],
    }


def test_the_largest_menu_fits_into_an_answer_of_lambda() -> None:
    """Of at most 6 MB, in which a body is a string of JSON."""
    deployment = FakeDeployment()
    largest = MenuDetails("🍜" * 500, "https://shop.example/" + "x" * 2027, "🍜" * 60)
    dishes = [
        replace(product(f"p{n}"), name="🍜" * 100, details=largest) for n in range(LONGEST_MENU)
    ]
    deployment.stock.run(lambda stock: stock.save_products(dishes))

    answer = deployment.call("get_menu", http_event())

    assert len(json.loads(answer["body"])["items"]) == LONGEST_MENU
    assert len(json.dumps(answer)) < 6_000_000


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
