"""What a customer does with the pages, by the names that a screen reader says."""

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from devstack import back_office
from devstack.state import ROOT
from tests.e2e.browser.conftest import Visit
from tests.e2e.conftest import CustomerOrder, ShopClient
from tests.e2e.test_the_way_back import stripe_client

_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class OwnDish:
    """A product that only one test orders."""

    product_id: str
    name: str


def new_dish(shop: ShopClient, units: int, unit_amount: int = 500) -> OwnDish:
    """Put a dish on the menu."""
    name = f"Dish {secrets.token_hex(4)}"
    created = stripe_client(shop).v1.products.create(
        {"name": name, "default_price_data": {"currency": "eur", "unit_amount": unit_amount}}
    )
    back_office.sync_catalogue(shop.environment)
    back_office.receive_stock(shop.environment, "r1", created.id, units)
    return OwnDish(created.id, name)


class Customer:
    """A customer with a browser."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.page: Page = visit.page

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def heading(self, text: str) -> Locator:
        return self.page.get_by_role("heading", name=text)

    def choose(self, dish: OwnDish, quantity: int = 1) -> None:
        """Open the shop and put portions into the basket."""
        self.page.goto("/")
        for _ in range(quantity):
            self.button(f"Add {dish.name}").click()

    def open_basket(self) -> None:
        """Open the basket. On a wide screen it is beside the menu."""
        aside = self.page.get_by_role("complementary", name="Your basket")
        bar = self.button(re.compile("View basket"))
        expect(aside.or_(bar)).to_be_visible()
        if bar.is_visible():
            bar.click()

    def order(self) -> None:
        """Order what is in the basket, and wait for Stripe's page."""
        self.open_basket()
        self.button(re.compile("^Order and pay")).click()
        self.page.wait_for_url(re.compile("/c/pay/"))

    def pay(self) -> None:
        """Pay on Stripe's page, and come back to the order."""
        self.button(re.compile("^Pay [0-9]")).click()
        self.page.wait_for_url(re.compile("/order/"))

    def leave_without_paying(self) -> None:
        """Go back from Stripe's page."""
        self.page.get_by_role("link", name="Leave without paying").click()
        self.page.wait_for_url(re.compile("/order/"))

    def see(self, headline: str) -> None:
        """Wait for the headline of the order's page."""
        expect(self.heading(headline)).to_be_visible()

    @property
    def placed(self) -> CustomerOrder:
        """The order that the page shows, as its browser keeps it."""
        order_id = self.page.url.partition("/order/")[2].partition("?")[0]
        kept: dict[str, Any] = json.loads(
            self.page.evaluate("localStorage.getItem('gorder.orders')")
        )[order_id]
        return CustomerOrder(kept["customer_id"], order_id, kept["access_token"], {})


def check_accessibility(page: Page) -> None:
    """Fail if axe finds a violation of WCAG 2.2 AA in what the page shows."""
    page.evaluate(_axe())
    found = page.evaluate("rules => axe.run({ runOnly: rules })", _RULES)
    violations = [
        f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']]}"
        for one in found["violations"]
    ]
    assert not violations, page.url


def _axe() -> str:
    return Path(_AXE).read_text()
