"""The shop in a browser, on the deployed template: menu, basket, order, payment."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import Open, Visit
from tests.e2e.browser.customer import Customer, check_accessibility, new_dish
from tests.e2e.conftest import ShopClient
from tests.e2e.test_program import Program, gorder

__all__ = ["gorder"]

pytestmark = pytest.mark.servers


def test_the_menu_has_categories_pictures_and_prices(visit: Visit) -> None:
    page = visit.page
    page.goto("/")

    expect(page.get_by_role("heading", name="Mains")).to_be_visible()
    ramen = page.get_by_role("listitem").filter(has_text="Shoyu ramen")
    expect(ramen).to_contain_text("Wheat noodles in soy broth")
    expect(ramen).to_contain_text("€13.90")
    ramen.scroll_into_view_if_needed()
    expect(ramen.locator("img")).to_have_js_property("complete", value=True)
    assert ramen.locator("img").evaluate("image => image.naturalWidth") > 0
    check_accessibility(page)


def test_a_customer_orders_pays_and_follows_the_order(shop: ShopClient, visit: Visit) -> None:
    sent = _requests(visit)
    customer = Customer(visit)
    dish = new_dish(shop, units=3, unit_amount=950)
    customer.choose(dish, 2)
    customer.open_basket()
    customer.button(f"Add a note to {dish.name}").click()
    customer.page.get_by_role("textbox", name=f"Note for {dish.name}").fill("no onions")
    check_accessibility(customer.page)
    customer.button("Order and pay €19.00").click()
    customer.page.wait_for_url(re.compile("/c/pay/"))
    customer.pay()

    customer.see("Your order is ready")
    page, placed = customer.page, customer.placed
    body = shop.get_order(placed).json()
    assert body["items"][0]["notes"] == [{"quantity": 2, "text": "no onions"}]
    expect(page.get_by_text(str(body["number"]), exact=True)).to_be_visible()
    expect(page.get_by_text("no onions")).to_be_visible()
    steps = page.get_by_role("list").filter(has_text="Waiting for payment").get_by_role("listitem")
    for step in ("Pending", "Waiting for payment", "Paid", "Cooking", "Cooked"):
        expect(steps.filter(has_text=step).locator("time")).to_be_visible()
    assert "paid" not in page.url  # the address can be kept
    check_accessibility(page)
    assert shop.units(dish.product_id) == {"on_hand": 1, "held": 0}
    assert not [request for request in sent if placed.access_token in request]


def _requests(visit: Visit) -> list[str]:
    """Collect the address and the referrer of every request: what a server may log."""
    sent: list[str] = []
    visit.context.on(
        "request", lambda request: sent.append(f"{request.url} {request.headers.get('referer')}")
    )
    return sent


def test_the_basket_survives_a_reload(shop: ShopClient, visit: Visit) -> None:
    customer = Customer(visit)
    dish = new_dish(shop, units=9)
    customer.choose(dish, 2)
    customer.open_basket()
    customer.button(f"Add a note to {dish.name}").click()
    customer.page.get_by_role("textbox", name=f"Note for {dish.name}").fill("extra hot")

    customer.page.reload()
    customer.open_basket()

    expect(customer.page.get_by_role("textbox")).to_have_value("extra hot")
    expect(customer.button("Order and pay €10.00")).to_be_visible()


def test_what_is_sold_out_meanwhile_is_corrected(shop: ShopClient, visit: Visit) -> None:
    visit.expect_problem("409")
    customer = Customer(visit)
    dish = new_dish(shop, units=2)
    customer.choose(dish, 2)
    customer.open_basket()
    other = shop.place((dish.product_id, 1))

    customer.button(re.compile("^Order and pay")).click()

    expect(customer.page.get_by_text("Only 1 left")).to_be_visible()
    check_accessibility(customer.page)
    customer.button("Correct the basket").click()
    customer.button("Order and pay €5.00").click()
    customer.page.wait_for_url(re.compile("/c/pay/"))
    customer.pay()
    customer.see("Your order is ready")
    shop.pay(shop.wait(other, "waiting_for_payment")["payment_link"])
    shop.wait(other, "cooked")


def test_paused_and_sold_out_dishes_cannot_be_chosen(
    shop: ShopClient, gorder: Program, visit: Visit
) -> None:
    paused, sold_out = new_dish(shop, units=5), new_dish(shop, units=1)
    shop.pay(shop.wait(shop.place((sold_out.product_id, 1)), "waiting_for_payment")["payment_link"])
    gorder.run("menu", "pause", paused.product_id, "--reason", "The oven is cold.")

    visit.page.goto("/")

    dishes = visit.page.get_by_role("listitem")
    for dish, state in ((paused, "Paused"), (sold_out, "Sold out")):
        expect(dishes.filter(has_text=dish.name)).to_contain_text(state)
        expect(dishes.filter(has_text=dish.name).get_by_role("button")).to_have_count(0)
    check_accessibility(visit.page)


def test_an_order_by_keyboard_alone(shop: ShopClient, visit: Visit) -> None:
    customer = Customer(visit)
    dish = new_dish(shop, units=1)
    page = customer.page
    page.goto("/")
    expect(customer.button(f"Add {dish.name}")).to_be_visible()

    _press_on(page, f"Add {dish.name}")
    _press_on(page, "View basket")
    expect(page.get_by_role("dialog", name="Your basket")).to_be_visible()
    _press_on(page, "Order and pay")

    page.wait_for_url(re.compile("/c/pay/"))
    customer.pay()
    customer.see("Your order is ready")


def _press_on(page: Page, name: str) -> None:
    """Press Tab until the focus is on a control with this name, then Enter."""
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const one = document.activeElement;"
            " if (!one.matches('a, button, input')) return '';"
            " return one.getAttribute('aria-label') ?? one.textContent }"
        )
        if name in focused:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"Tab does not reach {name}")


def test_a_customer_reads_chinese(shop: ShopClient, open_browser: Open) -> None:
    visit = open_browser(locale="zh-CN", dark=True)
    dish = new_dish(shop, units=1)
    page = visit.page
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))

    page.get_by_role("listitem").filter(has_text=dish.name).get_by_role("button").click()
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("购物车")).click()
    page.get_by_role("button", name=re.compile("5.00")).last.click()
    page.wait_for_url(re.compile("/c/pay/"))
    Customer(visit).pay()

    expect(page.locator("h1")).to_have_text(re.compile("[\u4e00-\u9fff]"))
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    Customer(visit).see("Your order is ready")
