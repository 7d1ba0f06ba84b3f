"""A client asks for an order or the menu again, and gets the body only if it has changed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from gorder.order.access_token import Scope
from gorder.order.changes import StatusChange
from gorder.order.model import Order
from gorder.runtime.clock import utc_now
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import (
    CUSTOMER_ID,
    ORDER_ID,
    cooked,
    cooking,
    paid,
    pending,
    refunded,
    waiting,
)
from tests.fakes.keys import TOKENS

PATH = {"customer_id": CUSTOMER_ID, "order_id": ORDER_ID}


@pytest.fixture
def deployment() -> FakeDeployment:
    return FakeDeployment()


def look(deployment: FakeDeployment, order: Order, **headers: str) -> dict[str, Any]:
    """Store the order as one that has just changed, and return the answer to its customer."""
    latest = StatusChange(order.status, utc_now())
    fresh = replace(order, history=(*order.history[:-1], latest))
    deployment.orders.stored[ORDER_ID] = fresh
    return look_again(deployment, **headers)


def look_again(deployment: FakeDeployment, **headers: str) -> dict[str, Any]:
    """Return the answer for the order as it is."""
    token = TOKENS.issue(Scope, CUSTOMER_ID, ORDER_ID, utc_now())
    event = http_event("", PATH, authorization=f"Bearer {token}", **headers)
    return deployment.call("get_order", event)


def test_an_order_that_has_not_changed_is_not_sent_again(deployment: FakeDeployment) -> None:
    first = look(deployment, waiting())

    again = look_again(deployment, if_none_match=first["headers"]["ETag"])

    assert (first["statusCode"], again["statusCode"]) == (200, 304)
    assert again["body"] == ""
    del first["headers"]["Content-Type"]
    assert again["headers"] == first["headers"]
    assert again["headers"]["Retry-After"] == "2"
    assert again["headers"]["Cache-Control"] == "no-store"


def test_an_order_that_has_changed_is_sent(deployment: FakeDeployment) -> None:
    known = look(deployment, waiting())["headers"]["ETag"]

    again = look(deployment, paid(), if_none_match=known)

    assert again["statusCode"] == 200
    assert json.loads(again["body"])["status"] == "paid"


def test_a_request_without_the_token_learns_nothing(deployment: FakeDeployment) -> None:
    known = look(deployment, waiting())["headers"]["ETag"]

    for etag in (known, "*"):
        event = http_event("", PATH, authorization="Bearer v1.read.9.x", if_none_match=etag)
        answer = deployment.call("get_order", event)
        assert answer["statusCode"] == 404
        assert not {"ETag", "Retry-After"} & answer["headers"].keys()


@pytest.mark.parametrize(
    ("order", "wait"),
    [
        (pending(), "1"),
        *((order, "2") for order in (waiting(), paid(), cooking())),
        *((order, None) for order in (cooked(), refunded())),
    ],
    ids=lambda value: value.status if isinstance(value, Order) else "",
)
def test_an_order_says_when_to_look_again(
    deployment: FakeDeployment, order: Order, wait: str | None
) -> None:
    answer = look(deployment, order)
    unchanged = look_again(deployment, if_none_match="*")

    assert answer["headers"].get("Retry-After") == wait
    assert unchanged["statusCode"] == 304
    assert unchanged["headers"].get("Retry-After") == wait


def test_a_new_order_says_when_to_look_first(deployment: FakeDeployment) -> None:
    event = http_event('{"items": [{"id": "soup", "quantity": 1}]}', {"customer_id": "ann"})

    assert deployment.call("create_order", event)["headers"]["Retry-After"] == "1"


def test_a_menu_that_has_not_changed_is_not_sent_again(deployment: FakeDeployment) -> None:
    first = deployment.call("get_menu", http_event())

    again = deployment.call("get_menu", http_event(if_none_match=first["headers"]["ETag"]))
    deployment.stock.run(lambda stock: stock.receive("more", "soup", 1))
    changed = deployment.call("get_menu", http_event(if_none_match=first["headers"]["ETag"]))

    assert (again["statusCode"], again["body"]) == (304, "")
    assert again["headers"]["Cache-Control"] == "public, max-age=5"
    assert changed["statusCode"] == 200
