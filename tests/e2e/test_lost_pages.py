"""A payment page that can be paid no more goes: a new one is made, or the order closes."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from tests.e2e.by_hand import change_order
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.test_cancel_and_sweep import cancel
from tests.e2e.test_the_way_back import waiting

pytestmark = pytest.mark.servers


def give_time(shop: ShopClient, placed: CustomerOrder) -> None:
    """Let the order wait long enough for another page."""
    until = datetime.now(UTC) + timedelta(hours=2)
    change_order(shop, placed, {"checkout.expires_at": until})


def expire_by_hand(shop: ShopClient, placed: CustomerOrder) -> None:
    """Expire the order's page as in Stripe's dashboard."""
    session_id = shop.session_of(placed.order_id)["id"]
    shop.http.post(
        f"{shop.stripe_base}/v1/checkout/sessions/{session_id}/expire",
        headers={"Authorization": f"Bearer {shop.environment['STRIPE_API_KEY']}"},
    ).raise_for_status()


def begin_to_pay_later(shop: ShopClient, placed: CustomerOrder, page: str) -> None:
    """Pay by a method that takes days, until gorder knows that it can no longer be cancelled."""
    assert shop.http.post(page, data={"outcome": "later"}).status_code == HTTPStatus.SEE_OTHER
    assert cancel(shop, placed).json()["code"] == "payment_under_way"


def settle(shop: ShopClient, placed: CustomerOrder, *, succeeded: bool) -> None:
    session_id = shop.session_of(placed.order_id)["id"]
    shop.control(f"sessions/{session_id}/settle", succeeded=succeeded)


def wait_for_another_page(shop: ShopClient, placed: CustomerOrder, page: str) -> str:
    """Wait until the order has another page; return it."""
    shown: dict[str, Any] = {}

    def replaced() -> bool:
        shown.update({"payment_link": None} | shop.get_order(placed).json())
        return shown["payment_link"] not in {page, None}

    wait_until(replaced, lambda: f"the order is {shown}")
    another: str = shown["payment_link"]
    return another


def test_a_delayed_payment_that_succeeds_is_cooked(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    begin_to_pay_later(shop, placed, page)
    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"

    settle(shop, placed, succeeded=True)

    shop.wait(placed, "cooked")


def test_a_delayed_payment_that_fails_closes_the_order(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed, page = waiting(shop, product)
    begin_to_pay_later(shop, placed, page)

    settle(shop, placed, succeeded=False)

    expired = shop.wait(placed, "expired")
    assert "payment_link" not in expired
    wait_until(lambda: shop.units(product) == {"on_hand": 1, "held": 0}, lambda: "units are held")


def test_a_page_that_is_expired_by_hand_frees_the_stock(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed, _ = waiting(shop, product)

    expire_by_hand(shop, placed)

    assert "payment_link" not in shop.wait(placed, "expired")
    wait_until(lambda: shop.units(product)["held"] == 0, lambda: "the unit is held")


@pytest.mark.parametrize("way", ["expired by hand", "a delayed payment that failed"])
def test_an_order_with_time_left_gets_another_page(shop: ShopClient, way: str) -> None:
    product = shop.stock_a_product(units=1)
    placed, page = waiting(shop, product)
    give_time(shop, placed)

    if way == "expired by hand":
        expire_by_hand(shop, placed)
    else:
        begin_to_pay_later(shop, placed, page)
        settle(shop, placed, succeeded=False)

    another = wait_for_another_page(shop, placed, page)
    assert shop.units(product) == {"on_hand": 1, "held": 1}
    shop.pay(another)
    cooked = shop.wait(placed, "cooked")
    assert statuses(cooked)[:4] == [
        "pending",
        "waiting_for_payment",
        "pending",
        "waiting_for_payment",
    ]
    assert shop.units(product) == {"on_hand": 0, "held": 0}
