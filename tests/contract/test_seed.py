"""Seeding Stripe with the menu of the local cloud."""

from pathlib import Path

import pytest

from devstack.seed import MENU, make_products
from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client

pytestmark = pytest.mark.servers


def test_seeding_keeps_existing_products_unchanged(tmp_path: Path) -> None:
    with serve(tmp_path / "stripe.db") as url:
        client = stripe_client("sk_test_x", url)
        existing = MENU[0].product_id
        client.v1.products.create({"id": existing, "name": "Existing"})

        make_products(client)
        make_products(client)

        products = client.v1.products.list({"limit": 100}).data
    names = {product.id: product.name for product in products}
    assert names == {dish.product_id: dish.name for dish in MENU} | {existing: "Existing"}
    assert len(products) == len(MENU)
