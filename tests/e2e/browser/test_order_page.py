"""The page of an order in a browser, on the deployed template."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser.conftest import TABLET, Open, Visit
from tests.e2e.browser.customer import Customer, OwnDish, check_accessibility, new_dish
from tests.e2e.conftest import ShopClient
from tests.e2e.test_cancel_and_sweep import make_overdue, sweep
from tests.e2e.test_the_way_back import refund_by_hand

pytestmark = pytest.mark.servers


def unpaid(shop: ShopClient, visit: Visit) -> tuple[Customer, OwnDish]:
    """Return a customer who has left Stripe's page without paying."""
    customer = Customer(visit)
    dish = new_dish(shop, units=3)
    customer.choose(dish)
    customer.order()
    customer.leave_without_paying()
    customer.see("Waiting for your payment")
    return customer, dish


def test_a_customer_who_does_not_pay_can_pay_later_or_cancel(
    shop: ShopClient, visit: Visit
) -> None:
    customer, dish = unpaid(shop, visit)
    page = customer.page
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    check_accessibility(page)

    page.reload()
    page.get_by_role("link", name="Pay €5.00").click()
    page.wait_for_url(re.compile("/c/pay/"))
    customer.leave_without_paying()
    customer.button("Cancel order").click()
    check_accessibility(page)
    customer.button("Yes, cancel the order").click()

    customer.see("This order is cancelled")
    check_accessibility(page)
    assert shop.units(dish.product_id) == {"on_hand": 3, "held": 0}


def test_an_open_page_shows_that_the_order_has_expired(shop: ShopClient, visit: Visit) -> None:
    customer, _ = unpaid(shop, visit)

    make_overdue(shop, customer.placed)
    sweep(shop)

    customer.see("This order has expired")
    check_accessibility(customer.page)


def test_a_payment_whose_webhook_is_late_is_being_confirmed(shop: ShopClient, visit: Visit) -> None:
    customer, _ = unpaid(shop, visit)
    customer.page.get_by_role("link", name=re.compile("^Pay")).click()
    customer.page.wait_for_url(re.compile("/c/pay/"))
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=1)

    customer.pay()

    customer.see("Payment received by Stripe, we are confirming it")
    check_accessibility(customer.page)
    make_overdue(shop, customer.placed)
    sweep(shop)
    customer.see("Your order is ready")


def test_a_refund_is_shown(shop: ShopClient, open_browser: Open) -> None:
    customer, _ = unpaid(shop, open_browser(size=TABLET, dark=True))
    customer.page.get_by_role("link", name=re.compile("^Pay")).click()
    customer.page.wait_for_url(re.compile("/c/pay/"))
    customer.pay()
    customer.see("Your order is ready")

    refund_by_hand(shop, customer.placed)
    shop.wait(customer.placed, "refunded")
    customer.page.reload()

    customer.see("This order is refunded")
    check_accessibility(customer.page)


def test_another_device_opens_the_order_by_its_link(shop: ShopClient, open_browser: Open) -> None:
    customer, _ = unpaid(shop, open_browser())
    customer.button("Show on another device").click()
    expect(customer.page.get_by_role("img", name="QR code of this order")).to_be_visible()
    check_accessibility(customer.page)
    link = customer.page.get_by_label("Link to this order").input_value()

    stranger, device = open_browser(), Customer(open_browser())
    stranger.page.goto(customer.page.url)
    device.page.goto(link)

    expect(stranger.page.get_by_text("This device cannot open the order")).to_be_visible()
    check_accessibility(stranger.page)
    device.see("Waiting for your payment")
    assert "#" not in device.page.url
    device.page.reload()
    device.see("Waiting for your payment")
    device.button("Cancel order").click()
    device.button("Yes, cancel the order").click()
    device.see("This order is cancelled")
    customer.see("This order is cancelled")


def test_a_page_without_network_catches_up(shop: ShopClient, visit: Visit) -> None:
    visit.expect_problem("ERR_INTERNET_DISCONNECTED")
    customer, _ = unpaid(shop, visit)
    placed = customer.placed
    visit.context.set_offline(offline=True)
    expect(customer.page.get_by_text("No connection to the shop")).to_be_visible()
    check_accessibility(customer.page)

    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    shop.wait(placed, "cooked")
    visit.context.set_offline(offline=False)

    customer.see("Your order is ready")
    expect(customer.page.get_by_text("No connection to the shop")).to_have_count(0)
