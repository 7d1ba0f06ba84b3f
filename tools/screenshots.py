"""Write docs/images: each page in its states, on a phone and a tablet, light and dark.

It orders, pays and cancels on the local cloud, with a browser, as a customer does.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect, sync_playwright

from devstack import browser, env
from devstack.console import StackError, say
from devstack.state import ROOT, Directory

IMAGES = ROOT / "docs" / "images"
SECONDS = 60


@dataclass(frozen=True)
class Device:
    """A size of the window, and how many pixels of the image a pixel of the page has."""

    name: str
    width: int
    height: int
    scale: float


PHONE = Device("phone", 390, 844, 2)
TABLET = Device("tablet", 1180, 820, 1)


def main() -> int:
    """Write the images and return the exit status."""
    try:
        shop = env.variables(Directory.default())["GORDER_PAGES_URL"]
        IMAGES.mkdir(exist_ok=True)
        expect.set_options(timeout=SECONDS * 1000)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browser.ensure(), args=browser.flags()
            )
            for device in (PHONE, TABLET):
                for scheme in ("light", "dark"):
                    _visit(chromium, shop, device, scheme)
            _chinese(chromium, shop)
            chromium.close()
    except StackError as error:
        say(f"gorder: {error}")
        return 1
    return 0


def _visit(chromium: Browser, shop: str, device: Device, scheme: str) -> None:
    """Order two dishes, and show each page on the way to the cooked order."""
    look = f"{device.name}-{scheme}"
    with _page(chromium, shop, device, scheme, "en-GB") as page:
        page.goto("/")
        page.get_by_role("button", name="Add Shoyu ramen").click()
        page.get_by_role("button", name="Add Lemonade, home-made").click()
        _shoot(page, f"shop-{look}")
        if device is PHONE:
            page.get_by_role("button", name=re.compile("View basket")).click()
        page.get_by_role("button", name="Add a note to Shoyu ramen").click()
        page.get_by_role("textbox").fill("no spring onion")
        if device is PHONE:
            _shoot(page, f"basket-{look}")
        page.get_by_role("button", name=re.compile("^Order and pay")).click()
        page.wait_for_url(re.compile("/c/pay/"))
        page.get_by_role("link", name="Leave without paying").click()
        _see(page, "Waiting for your payment")
        _shoot(page, f"order-unpaid-{look}")
        page.get_by_role("link", name=re.compile("^Pay")).click()
        page.get_by_role("button", name=re.compile("^Pay [0-9]")).click()
        _see(page, "Your order is ready")
        _shoot(page, f"order-{look}")


def _chinese(chromium: Browser, shop: str) -> None:
    with _page(chromium, shop, PHONE, "light", "zh-CN") as page:
        page.goto("/")
        page.get_by_role("listitem").filter(has_text="Shoyu ramen").wait_for()
        _shoot(page, "shop-chinese")


@contextmanager
def _page(chromium: Browser, shop: str, device: Device, scheme: str, locale: str) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=shop,
        locale=locale,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": device.width, "height": device.height},
        device_scale_factor=device.scale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(SECONDS * 1000)
    yield context.new_page()
    context.close()


def _see(page: Page, headline: str) -> None:
    expect(page.get_by_role("heading", name=headline)).to_be_visible()


def _shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=IMAGES / f"{name}.png")
    say(f"  ✓ docs/images/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
