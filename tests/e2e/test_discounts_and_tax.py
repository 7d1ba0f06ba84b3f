"""A promotion code and tax change what is paid for an order, which goes on.

The stack's own pages take neither, which is the default. So each payment is made on a page beside
the order's own, as a stack makes it with `PromotionCodes` and `AutomaticTax`.
"""

from http import HTTPStatus

import pytest

from devstack import sam
from gorder.stripe_mark import MARK
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.test_the_way_back import refunds_at_stripe, stripe_client, waiting

pytestmark = pytest.mark.servers

PRICE = 500


def pay_on_a_changing_page(shop: ShopClient, placed: CustomerOrder, **change: int) -> str | None:
    """Pay the order with a discount and tax; return the payment, or None if nothing was to pay."""
    client = stripe_client(shop)
    metadata = {"order_id": placed.order_id, MARK: sam.STACK}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [
                {"price": item["price_id"], "quantity": item["quantity"]}
                for item in placed.body["items"]
            ],
            "client_reference_id": placed.order_id,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "allow_promotion_codes": True,
            "automatic_tax": {"enabled": True},
            "success_url": "https://shop.example/thanks",
        }
    )
    shop.control(f"sessions/{session.id}/pay", outcome="paid", **change)
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert intent is None or isinstance(intent, str)
    return intent


def test_a_discount_and_tax_are_taken_into_the_order(shop: ShopClient) -> None:
    placed, _ = waiting(shop, shop.stock_a_product(units=1, unit_amount=PRICE))

    pay_on_a_changing_page(shop, placed, discount=50, tax=45, tax_included=20)

    cooked = shop.wait(placed, "cooked")
    assert cooked["amount_total"] == PRICE
    assert cooked["payment"] == {"amount": 495, "discount": 50, "tax": 65}
    assert cooked["refunds"] == []


def test_what_was_paid_is_refunded(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1, unit_amount=PRICE)
    placed, _ = waiting(shop, product)
    intent = pay_on_a_changing_page(shop, placed, discount=50, tax=45)
    assert intent
    shop.wait(placed, "paid", "cooking", "cooked")

    shop.control("refunds", payment_intent=intent, amount=495)

    refunded = shop.wait(placed, "refunded")
    assert [refund["amount"] for refund in refunded["refunds"]] == [495]


def test_a_free_order_is_cooked(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1, unit_amount=PRICE)
    placed, _ = waiting(shop, product)

    assert pay_on_a_changing_page(shop, placed, discount=PRICE) is None

    cooked = shop.wait(placed, "cooked")
    assert statuses(cooked)[-3:] == ["paid", "cooking", "cooked"]
    assert cooked["payment"] == {"amount": 0, "discount": PRICE, "tax": 0}
    assert shop.units(product) == {"on_hand": 0, "held": 0}


def test_a_second_payment_with_a_discount_is_refunded_as_it_was_paid(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1, unit_amount=PRICE))
    shop.pay(page)
    shop.wait(placed, "paid", "cooking", "cooked")

    second = pay_on_a_changing_page(shop, placed, discount=50)

    assert second
    wait_until(lambda: refunds_at_stripe(shop, second) == [450], lambda: "it is not refunded")
    shop.wait(placed, "cooked")


def test_the_page_of_a_stack_without_the_parameters_takes_no_code_and_no_tax(
    shop: ShopClient,
) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1, unit_amount=PRICE))
    session_id = page.rpartition("/")[2]

    for change in ({"discount": 50}, {"tax": 45}):
        response = shop.http.post(
            f"{shop.stripe_base}/_test/sessions/{session_id}/pay",
            headers={"Authorization": f"Bearer {shop.environment['STRIPE_CONTROL_KEY']}"},
            json={"outcome": "paid", **change},
        )
        assert response.status_code == HTTPStatus.BAD_REQUEST

    assert shop.get_order(placed).json()["status"] == "waiting_for_payment"
