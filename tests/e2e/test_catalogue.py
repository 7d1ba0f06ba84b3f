"""Catalogue changes in Stripe, and their effect on the menu and on orders."""

from http import HTTPStatus
from typing import Any

import pytest
import stripe

from devstack import back_office, sam
from gorder.stripe_mark import MARK
from tests.e2e.conftest import ShopClient, wait_until

pytestmark = pytest.mark.servers


@pytest.fixture
def account(shop: ShopClient) -> stripe.StripeClient:
    """The SDK's client of the shop's Stripe account."""
    return stripe.StripeClient(
        shop.environment["STRIPE_API_KEY"], base_addresses={"api": shop.stripe_base}
    )


def menu_item(shop: ShopClient, product_id: str) -> dict[str, Any] | None:
    """Return the product's item on the menu, or None."""
    response = shop.http.get(f"{shop.api}/api/menu")
    assert response.status_code == HTTPStatus.OK, response.text
    assert response.headers["Cache-Control"] == "public, max-age=5"
    items: list[dict[str, Any]] = response.json()["items"]
    return next((item for item in items if item["id"] == product_id), None)


def wait_for_menu(shop: ShopClient, product_id: str, **expected: object) -> None:
    """Wait until the menu has the product with these fields, or not at all if none is given."""
    item = {"id": product_id, **expected} if expected else None
    wait_until(
        lambda: menu_item(shop, product_id) == item,
        lambda: f"the menu has {menu_item(shop, product_id)}, not {item}",
    )


def test_a_changed_price_applies_to_new_orders_only(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    product = shop.stock_a_product(units=5, unit_amount=500)
    old = shop.place((product, 2))
    dish = {"name": "Dish of the day", "currency": "eur", "available": 3}
    wait_for_menu(shop, product, unit_amount=500, **dish)

    new_price = account.v1.prices.create(
        {"product": product, "currency": "eur", "unit_amount": 800}
    )
    account.v1.products.update(product, {"default_price": new_price.id})
    wait_for_menu(shop, product, unit_amount=800, **dish)
    new = shop.place((product, 1))

    assert (old.body["amount_total"], new.body["amount_total"]) == (1000, 800)
    shop.pay(shop.wait(old, "waiting_for_payment")["payment_link"])
    cooked = shop.wait(old, "cooked")
    assert (cooked["amount_total"], cooked["items"][0]["unit_amount"]) == (1000, 500)
    assert shop.session_of(old.order_id)["amount_total"] == 1000
    shop.wait(new, "waiting_for_payment")
    assert shop.session_of(new.order_id)["amount_total"] == 800


def test_an_inactive_product_cannot_be_ordered_until_it_is_active_again(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    product = shop.stock_a_product(units=2)
    account.v1.products.update(product, {"active": False})
    wait_for_menu(shop, product)

    refused = shop.post_order((product, 1))
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["code"] == "inactive_product"
    assert refused.json()["items"] == [{"product_id": product, "requested": 1, "available": None}]

    account.v1.products.update(product, {"active": True, "name": "Back again"})
    wait_for_menu(shop, product, name="Back again", unit_amount=500, currency="eur", available=2)
    assert shop.place((product, 1)).body["items"][0]["name"] == "Back again"


def test_a_product_with_an_unusable_price_is_removed_from_the_menu(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    product = shop.stock_a_product(units=2)
    subscription = account.v1.prices.create(
        {
            "product": product,
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
        }
    )
    account.v1.products.update(product, {"default_price": subscription.id})
    wait_for_menu(shop, product)
    refused = shop.post_order((product, 1)).json()
    assert refused["code"] == "inactive_product"
    assert refused["items"][0]["reason"] == "its default price is recurring"
    assert "its default price is recurring" in refused["detail"]


def test_a_new_product_appears_on_the_menu(shop: ShopClient, account: stripe.StripeClient) -> None:
    product = account.v1.products.create(
        {"name": "Novelty", "default_price_data": {"currency": "eur", "unit_amount": 350}}
    )
    wait_for_menu(shop, product.id, name="Novelty", unit_amount=350, currency="eur", available=0)
    assert shop.post_order((product.id, 1)).json()["code"] == "insufficient_stock"


def test_the_details_of_a_product_appear_on_the_menu_and_follow_its_changes(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    product = shop.stock_a_product(units=2)
    dish = {"name": "Dish of the day", "unit_amount": 500, "currency": "eur", "available": 2}
    image = "https://files.stripe.com/links/dish"
    account.v1.products.update(
        product,
        {
            "description": "Hot 🍜",
            "images": ["http://shop.example/1.png", image],
            "metadata": {"gorder_category": "Soups", "gorder_position": "-999999"},
        },
    )
    wait_for_menu(shop, product, **dish, description="Hot 🍜", image=image, category="Soups")
    first, *_ = shop.http.get(f"{shop.api}/api/menu").json()["items"]
    assert first["id"] == product

    account.v1.products.update(product, {"description": "", "images": "", "metadata": ""})
    wait_for_menu(shop, product, **dish)


def test_an_order_with_two_currencies_is_refused(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    euros, dollars = shop.stock_a_product(units=2), shop.stock_a_product(units=2)
    price = account.v1.prices.create({"product": dollars, "currency": "usd", "unit_amount": 500})
    account.v1.products.update(dollars, {"default_price": price.id})
    dish = {"name": "Dish of the day", "unit_amount": 500, "available": 2}
    wait_for_menu(shop, dollars, currency="usd", **dish)

    refused = shop.post_order((euros, 1), (dollars, 1))

    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refused.json()["code"] == "mixed_currencies"
    assert shop.units(euros) == shop.units(dollars) == {"on_hand": 2, "held": 0}


def test_a_product_of_another_shop_of_the_account_is_never_on_the_menu(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    price: Any = {"currency": "eur", "unit_amount": 350}
    anothers = account.v1.products.create(
        {"name": "Of another shop", "default_price_data": price, "metadata": {MARK: "another"}}
    )
    ours = account.v1.products.create({"name": "Ours", "default_price_data": price})

    wait_for_menu(shop, ours.id, name="Ours", unit_amount=350, currency="eur", available=0)
    back_office.sync_catalogue(shop.environment)

    assert menu_item(shop, anothers.id) is None
    assert menu_item(shop, ours.id)
    assert shop.post_order((anothers.id, 1)).json()["code"] == "unknown_product"


def test_a_product_that_is_marked_for_another_shop_leaves_the_menu(
    shop: ShopClient, account: stripe.StripeClient
) -> None:
    product = shop.stock_a_product(units=2)
    dish = {"name": "Dish of the day", "unit_amount": 500, "currency": "eur", "available": 2}
    wait_for_menu(shop, product, **dish)

    account.v1.products.update(product, {"metadata": {MARK: "another"}})
    wait_for_menu(shop, product)
    refused = shop.post_order((product, 1)).json()
    assert refused["code"] == "inactive_product"
    assert refused["items"][0]["reason"] == "it is marked as another shop's"

    account.v1.products.update(product, {"metadata": {MARK: sam.STACK}})
    wait_for_menu(shop, product, **dish)
