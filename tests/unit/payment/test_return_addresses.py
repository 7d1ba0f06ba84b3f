"""Where Stripe sends the customer after the payment page."""

import pytest

from gorder.payment.model import PageOptions

ORDER = "4f0c2a9be1c84d6f9a3d5e7b8c1f2a60"


@pytest.mark.parametrize(
    ("setting", "paid", "cancelled"),
    [
        (
            "https://shop.example/order/{order_id}",
            f"https://shop.example/order/{ORDER}?paid",
            f"https://shop.example/order/{ORDER}",
        ),
        (
            "https://shop.example/?order={order_id}",
            f"https://shop.example/?order={ORDER}&paid",
            f"https://shop.example/?order={ORDER}",
        ),
        (
            "https://shop.example/order/{order_id}#top",
            f"https://shop.example/order/{ORDER}?paid#top",
            f"https://shop.example/order/{ORDER}#top",
        ),
        (
            "https://shop.example?a=b#/order/{order_id}?c#d",
            f"https://shop.example?a=b&paid#/order/{ORDER}?c#d",
            f"https://shop.example?a=b#/order/{ORDER}?c#d",
        ),
        (
            "http://127.0.0.1:8080/{order_id}/{order_id}",
            f"http://127.0.0.1:8080/{ORDER}/{ORDER}?paid",
            f"http://127.0.0.1:8080/{ORDER}/{ORDER}",
        ),
    ],
)
def test_an_address_with_the_order_says_whether_it_was_paid(
    setting: str, paid: str, cancelled: str
) -> None:
    options = PageOptions(setting)

    assert (options.success_url(ORDER), options.cancel_url(ORDER)) == (paid, cancelled)


@pytest.mark.parametrize(
    "setting", ["https://shop.example/thanks?session={CHECKOUT_SESSION_ID}#a", "https://a"]
)
def test_an_address_without_the_order_is_as_it_was_set(setting: str) -> None:
    """Another address would make a repeated attempt another request."""
    options = PageOptions(setting)

    assert (options.success_url(ORDER), options.cancel_url(ORDER)) == (setting, None)
