"""An order from POST to cooked, and the responses to invalid requests."""

from http import HTTPStatus
from urllib.parse import urljoin

import pytest

from tests.e2e.conftest import ShopClient, statuses

pytestmark = pytest.mark.servers


def test_a_posted_order_is_returned_and_can_be_read(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=5, unit_amount=750)

    response = shop.post_order((product, 2), customer_id="ada")
    body = response.json()

    assert response.status_code == HTTPStatus.CREATED
    read = shop.http.get(
        urljoin(str(response.url), response.headers["Location"]),
        headers={"Authorization": f"Bearer {body['access_token']}"},
    )
    assert read.json()["order_id"] == body["order_id"]
    assert body["status"] == "pending"
    assert body["customer_id"] == "ada"
    assert (body["amount_total"], body["currency"]) == (1500, "eur")
    [item] = body["items"]
    assert item["id"] == product
    assert (item["name"], item["quantity"], item["unit_amount"]) == ("Dish of the day", 2, 750)
    assert item["price_id"].startswith("price_")


def test_a_paid_order_is_cooked_and_has_its_history(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=5)
    placed = shop.place((product, 2))
    assert shop.units(product) == {"on_hand": 5, "held": 2}

    waiting = shop.wait(placed, "waiting_for_payment")
    shop.pay(waiting["payment_link"])
    cooked = shop.wait(placed, "cooked")

    times = [change["at"] for change in cooked["history"]]
    assert statuses(cooked) == ["pending", "waiting_for_payment", "paid", "cooking", "cooked"]
    assert times == sorted(times)
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def test_a_declined_card_leaves_the_order_waiting(shop: ShopClient) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]

    declined = shop.http.post(page, data={"outcome": "declined"})

    assert declined.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"
    shop.pay(page)
    shop.wait(placed, "cooked")


def test_more_units_than_in_stock_are_refused(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)

    refused = shop.post_order((product, 2))

    assert refused.status_code == HTTPStatus.CONFLICT
    assert refused.headers["Content-Type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "insufficient_stock"
    assert problem["items"] == [{"product_id": product, "requested": 2, "available": 1}]
    assert problem["trace_id"]
    assert shop.units(product) == {"on_hand": 1, "held": 0}


def test_stock_is_reserved_for_all_lines_or_none(shop: ShopClient) -> None:
    plenty, scarce = shop.stock_a_product(units=9), shop.stock_a_product(units=1)

    refused = shop.post_order((plenty, 3), (scarce, 2))

    assert refused.status_code == HTTPStatus.CONFLICT
    assert shop.units(plenty) == {"on_hand": 9, "held": 0}
    assert shop.units(scarce) == {"on_hand": 1, "held": 0}


def test_an_unknown_product_is_refused(shop: ShopClient) -> None:
    refused = shop.post_order(("prod_unknown", 1))

    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["code"] == "unknown_product"
    assert "prod_unknown" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", HTTPStatus.BAD_REQUEST, "malformed_json"),
        (b"[]", HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body"),
        (b'{"items":[]}', HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body"),
        (b'{"items":[{"id":"p","quantity":0}]}', HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body"),
        (b'{"items":[{"id":"p","quantity":-1}]}', HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body"),
        (
            b'{"items":[{"id":"p","quantity":true}]}',
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_body",
        ),
        (
            b'{"items":[{"id":"p","quantity":1,"unit_amount":1}]}',
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_body",
        ),
    ],
)
def test_an_invalid_body_is_refused(
    shop: ShopClient, body: bytes, status: HTTPStatus, code: str
) -> None:
    refused = shop.http.post(
        f"{shop.api}/api/customer/ada/orders",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_an_order_can_be_read_with_its_own_token_only(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=2)
    order, other = shop.place((product, 1)), shop.place((product, 1))

    without = shop.http.get(f"{shop.api}/api/customer/{order.customer_id}/orders/{order.order_id}")
    wrong = shop.get_order(order, token=other.access_token)
    right = shop.get_order(order)

    assert without.status_code == HTTPStatus.UNAUTHORIZED
    assert wrong.status_code == HTTPStatus.NOT_FOUND
    assert right.status_code == HTTPStatus.OK
    assert right.json()["order_id"] == order.order_id
