"""Seeding Stripe with the menu of the local cloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from devstack.seed import CATEGORY, MENU, POSITION, make_products, version
from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client

pytestmark = pytest.mark.servers

PAGES = "http://127.0.0.1:20001"
DISH = MENU[0]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[stripe.StripeClient]:
    with serve(tmp_path / "stripe.db") as url:
        yield stripe_client("sk_test_x", url)


def test_seeding_keeps_existing_products(client: stripe.StripeClient) -> None:
    existing = DISH.product_id
    client.v1.products.create({"id": existing, "name": "Existing"})

    make_products(client, PAGES)
    make_products(client, PAGES)

    products = client.v1.products.list({"limit": 100}).data
    names = {product.id: product.name for product in products}
    assert names == {dish.product_id: dish.name for dish in MENU} | {existing: "Existing"}
    assert len(products) == len(MENU)


def test_every_dish_has_a_description_a_picture_and_its_place(client: stripe.StripeClient) -> None:
    make_products(client, PAGES)

    for position, dish in enumerate(MENU, start=1):
        product = client.v1.products.retrieve(dish.product_id)
        name = dish.product_id.removeprefix("prod_")
        assert product.description == dish.description
        assert product.images == [f"{PAGES}/pictures/{name}.svg"]
        assert product.metadata.to_dict() == {CATEGORY: dish.category, POSITION: str(position)}


def test_a_product_without_details_gets_them(client: stripe.StripeClient) -> None:
    client.v1.products.create(
        {"id": DISH.product_id, "name": "Existing", "metadata": {"own": "1", POSITION: "9"}}
    )

    make_products(client, PAGES)

    product = client.v1.products.retrieve(DISH.product_id)
    assert product.name == "Existing"
    assert product.description == DISH.description
    assert product.images == [PAGES + DISH.picture]
    metadata = product.metadata.to_dict()
    assert metadata == {"own": "1", POSITION: "9", CATEGORY: DISH.category}


def test_details_that_were_changed_stay(client: stripe.StripeClient) -> None:
    changed = {
        "description": "Our own.",
        "images": ["https://shop.example/pictures/margherita.svg"],
        "metadata": {CATEGORY: "Pizza", POSITION: "0"},
    }
    client.v1.products.create({"id": DISH.product_id, "name": "Existing", **changed})  # type: ignore[typeddict-item]  # the keys are right

    make_products(client, PAGES)

    product = client.v1.products.retrieve(DISH.product_id)
    assert product.description == "Our own."
    assert product.images == changed["images"]
    assert product.metadata.to_dict() == changed["metadata"]


def test_pictures_follow_the_pages_to_another_port(client: stripe.StripeClient) -> None:
    moved = "http://127.0.0.1:20002"
    make_products(client, PAGES)

    make_products(client, moved)

    assert client.v1.products.retrieve(DISH.product_id).images == [moved + DISH.picture]
    assert version({"GORDER_PAGES_URL": PAGES}) != version({"GORDER_PAGES_URL": moved})
