"""The shop in a browser, on the deployed template."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import Visit

pytestmark = pytest.mark.servers


def test_the_shop_shows_the_menu(visit: Visit) -> None:
    visit.page.goto("/")

    expect(visit.page.get_by_text("Shoyu ramen").first).to_be_visible(timeout=60_000)
