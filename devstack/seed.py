"""Create a small menu with stock. Safe to repeat, because products and receipts have fixed ids."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import stripe

from devstack import back_office


@dataclass(frozen=True)
class Dish:
    """A dish on the menu. `unit_amount` is in cents, `stock` in portions."""

    product_id: str
    name: str
    unit_amount: int
    stock: int


MENU = (
    Dish("prod_margherita", "Pizza Margherita", 1150, 500),
    Dish("prod_ramen", "Shoyu ramen", 1390, 500),
    Dish("prod_falafel", "Falafel plate", 980, 500),
    Dish("prod_lemonade", "Lemonade, home-made", 450, 500),
    Dish("soup", "Soup", 700, 10),  # the samples under events/ order soup and bread
    Dish("bread", "Bread", 250, 10),
)


def seed(environment: Mapping[str, str]) -> None:
    """Create the menu in Stripe, copy it to the catalogue and receive its stock.

    Raises:
        StackError: the back office failed.
    """
    client = stripe.StripeClient(
        environment["STRIPE_API_KEY"], base_addresses={"api": environment["STRIPE_API_BASE"]}
    )
    make_products(client)
    back_office.sync_catalogue(environment)
    for dish in MENU:
        receipt = f"opening-{dish.product_id}"
        back_office.receive_stock(environment, receipt, dish.product_id, dish.stock)


def make_products(client: stripe.StripeClient) -> None:
    """Create the dishes that Stripe does not have. The others stay, even if they were changed."""
    for dish in MENU:
        _make_product(client, dish)


def _make_product(client: stripe.StripeClient, dish: Dish) -> None:
    try:
        client.v1.products.retrieve(dish.product_id)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        client.v1.products.create(
            {
                "id": dish.product_id,
                "name": dish.name,
                "default_price_data": {"currency": "eur", "unit_amount": dish.unit_amount},
            }
        )


if __name__ == "__main__":
    seed(os.environ)
