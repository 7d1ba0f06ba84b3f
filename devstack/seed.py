"""Create a small menu with stock. Safe to repeat, because products and receipts have fixed ids."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from devstack import back_office

CATEGORY, POSITION = "gorder_category", "gorder_position"
"""The metadata of a product that say where it is on the menu."""
_OWN_PICTURE = re.compile(r"http://127\.0\.0\.1:\d+(/pictures/.+)")


@dataclass(frozen=True)
class Dish:
    """A dish on the menu. `unit_amount` is in cents, `stock` in portions."""

    product_id: str
    name: str
    unit_amount: int
    stock: int
    category: str
    description: str

    @property
    def picture(self) -> str:
        """The path of its picture at the pages' address."""
        return f"/pictures/{self.product_id.removeprefix('prod_')}.svg"


MENU = (
    Dish(
        "prod_margherita",
        "Pizza Margherita",
        1150,
        500,
        "Mains",
        "Tomato, mozzarella and basil on a base that rests for two days.",
    ),
    Dish(
        "prod_ramen",
        "Shoyu ramen",
        1390,
        500,
        "Mains",
        "Wheat noodles in soy broth, with a soft egg, bamboo and spring onion.",
    ),
    Dish(
        "prod_falafel",
        "Falafel plate",
        980,
        500,
        "Mains",
        "Six falafel with hummus, pickles, tomato salad and warm flatbread. Vegan.",
    ),
    Dish(
        "soup",  # the samples under events/ order soup and bread
        "Soup",
        700,
        10,
        "Starters and sides",
        "Red lentils with cumin and lemon. Vegan.",
    ),
    Dish(
        "bread",
        "Bread",
        250,
        10,
        "Starters and sides",
        "Two slices of sourdough with salted butter.",
    ),
    Dish(
        "prod_lemonade",
        "Lemonade, home-made",
        450,
        500,
        "Drinks",
        "Lemon, mint and a little sugar, served cold. 0.4 l.",
    ),
)


def version(environment: Mapping[str, str]) -> str:
    """Return a hash of the menu and of the address of its pictures."""
    return hashlib.sha256(repr((MENU, environment["GORDER_PAGES_URL"])).encode()).hexdigest()


def seed(environment: Mapping[str, str]) -> None:
    """Create the menu in Stripe, copy it to the catalogue and receive its stock.

    Raises:
        StackError: the back office failed.
    """
    client = stripe.StripeClient(
        environment["STRIPE_API_KEY"], base_addresses={"api": environment["STRIPE_API_BASE"]}
    )
    make_products(client, environment["GORDER_PAGES_URL"])
    back_office.sync_catalogue(environment)
    for dish in MENU:
        receipt = f"opening-{dish.product_id}"
        back_office.receive_stock(environment, receipt, dish.product_id, dish.stock)


def make_products(client: stripe.StripeClient, pages_url: str) -> None:
    """Create the dishes that Stripe does not have, and the details that the others do not have."""
    for position, dish in enumerate(MENU, start=1):
        _make_product(client, dish, _details(dish, position, pages_url))


def _details(dish: Dish, position: int, pages_url: str) -> dict[str, Any]:
    return {
        "description": dish.description,
        "images": [pages_url + dish.picture],
        "metadata": {CATEGORY: dish.category, POSITION: str(position)},
    }


def _make_product(client: stripe.StripeClient, dish: Dish, details: dict[str, Any]) -> None:
    try:
        product = client.v1.products.retrieve(dish.product_id)
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        client.v1.products.create(
            {
                "id": dish.product_id,
                "name": dish.name,
                "default_price_data": {"currency": "eur", "unit_amount": dish.unit_amount},
                "description": details["description"],
                "images": details["images"],
                "metadata": details["metadata"],
            }
        )
    else:
        if missing := _missing(product, details):
            client.v1.products.update(dish.product_id, missing)


def _missing(product: stripe.Product, details: dict[str, Any]) -> Any:  # noqa: ANN401 - Stripe's parameters
    """Return the details that the product does not have. A picture at an old address is missing."""
    missing: dict[str, Any] = {}
    if not product.description:
        missing["description"] = details["description"]
    if not product.images or _has_moved(product.images, details["images"]):
        missing["images"] = details["images"]
    kept = product.metadata.to_dict()
    if added := {key: value for key, value in details["metadata"].items() if key not in kept}:
        missing["metadata"] = added
    return missing


def _has_moved(images: list[str], wanted: list[str]) -> bool:
    """Whether the pages have another port than when the picture was set."""
    paths = [_OWN_PICTURE.fullmatch(url) for url in (*images, *wanted)]
    return images != wanted and len({path and path[1] for path in paths}) == 1


if __name__ == "__main__":
    seed(os.environ)
