"""A small menu, and stock for it. Safe to run twice: products and receipts have fixed ids."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import stripe

from devstack.console import StackError
from devstack.state import ROOT


@dataclass(frozen=True)
class Dish:
    """Something on the menu. `unit_amount` is in cents, `stock` in portions."""

    product_id: str
    name: str
    unit_amount: int
    stock: int


MENU = (
    Dish("prod_margherita", "Pizza Margherita", 1150, 500),
    Dish("prod_ramen", "Shoyu ramen", 1390, 500),
    Dish("prod_falafel", "Falafel plate", 980, 500),
    Dish("prod_lemonade", "Lemonade, home-made", 450, 500),
    Dish("soup", "Soup", 700, 10),  # these two are what the samples under events/ order
    Dish("bread", "Bread", 250, 10),
)
SECONDS = 60


def seed(environment: Mapping[str, str]) -> None:
    """Put the menu into Stripe where it is not there yet, the catalogue and the stock.

    Raises:
        StackError: one of gorder's own commands failed.
    """
    client = stripe.StripeClient(
        environment["STRIPE_API_KEY"], base_addresses={"api": environment["STRIPE_API_BASE"]}
    )
    make_products(client)
    gorder(environment, "catalogue", "sync")
    for dish in MENU:
        receipt = f"opening-{dish.product_id}"
        quantity = str(dish.stock)
        gorder(environment, "stock", "receive", dish.product_id, quantity, "--receipt", receipt)


def make_products(client: stripe.StripeClient) -> None:
    """Make what Stripe does not have. What is there stays, also if somebody has changed it."""
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


def gorder(environment: Mapping[str, str], *arguments: str) -> None:
    """Run one of gorder's own commands against this stack.

    Raises:
        StackError: it failed or took longer than a minute.
    """
    command = [sys.executable, "-m", "gorder.cli", *arguments]
    try:
        subprocess.run(
            command,
            env={**os.environ, **environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        message = f"gorder.cli {' '.join(arguments)} was not done after {SECONDS} s"
        raise StackError(message) from None
    except subprocess.CalledProcessError as error:
        message = f"gorder.cli {' '.join(arguments)} failed:\n{error.stdout}{error.stderr}"
        raise StackError(message) from None


if __name__ == "__main__":
    seed(os.environ)
