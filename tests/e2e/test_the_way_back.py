"""What Stripe states about an order's money has one right ending."""

from typing import Any

import pytest
import stripe

from devstack import sam
from gorder.stripe_mark import MARK
from tests.e2e.conftest import CustomerOrder, ShopClient, statuses, wait_until
from tests.e2e.queues import paused
from tests.e2e.test_cancel_and_sweep import cancel, make_overdue, sweep

pytestmark = pytest.mark.servers

PRICE = 500


def waiting(shop: ShopClient, product: str) -> tuple[CustomerOrder, str]:
    """Place an order of one unit; return it with its page."""
    placed = shop.place((product, 1))
    return placed, shop.wait(placed, "waiting_for_payment")["payment_link"]


def paid_unheard(shop: ShopClient, product: str) -> CustomerOrder:
    """Return an order that is paid at Stripe, and whose webhook is lost."""
    placed, page = waiting(shop, product)
    shop.control("webhooks", mode="drop", type="checkout.session.completed", times=1)
    shop.pay(page)
    return placed


def intent_of(shop: ShopClient, placed: CustomerOrder) -> str:
    intent: str = shop.session_of(placed.order_id)["payment_intent"]
    return intent


def refund_by_hand(shop: ShopClient, placed: CustomerOrder, **amount: int) -> dict[str, Any]:
    """Refund the order's payment as in Stripe's dashboard."""
    refund: dict[str, Any] = shop.control(
        "refunds", payment_intent=intent_of(shop, placed), **amount
    )
    return refund


def stripe_client(shop: ShopClient) -> stripe.StripeClient:
    return stripe.StripeClient(
        shop.environment["STRIPE_API_KEY"], base_addresses={"api": shop.stripe_base}
    )


def pay_on_another_page(
    shop: ShopClient, placed: CustomerOrder, amount: int = PRICE, stack: str = sam.STACK
) -> str:
    """Pay on a page that was made beside the order's own; return its payment."""
    client = stripe_client(shop)
    product = client.v1.products.create(
        {"name": "Another", "default_price_data": {"currency": "eur", "unit_amount": amount}}
    )
    marks = {"order_id": placed.order_id, MARK: stack}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": str(product.default_price), "quantity": 1}],
            "client_reference_id": placed.order_id,
            "metadata": marks,
            "payment_intent_data": {"metadata": marks},
            "success_url": "https://shop.example/thanks",
        }
    )
    shop.control(f"sessions/{session.id}/pay", outcome="paid")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(intent, str)
    return intent


def wait_for_refund(shop: ShopClient, placed: CustomerOrder, **expected: object) -> dict[str, Any]:
    """Wait until the order has one refund, with these fields."""
    shown: dict[str, Any] = {}

    def refunded() -> bool:
        shown.update(shop.get_order(placed).json())
        return any(refund.items() >= expected.items() for refund in shown["refunds"])

    wait_until(refunded, lambda: f"the refunds are {shown['refunds']}, not {expected}")
    assert len(shown["refunds"]) == 1
    return shown


def refunds_at_stripe(shop: ShopClient, intent: str) -> list[int]:
    return [refund["amount"] for refund in shop.stripe_list("refunds", payment_intent=intent)]


def test_a_refund_that_overtakes_the_payment_is_not_cooked(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed = paid_unheard(shop, product)

    refund_by_hand(shop, placed)

    refunded = shop.wait(placed, "refunded")
    assert statuses(refunded) == ["pending", "waiting_for_payment", "refunded"]
    assert "payment_link" not in refunded
    wait_until(lambda: shop.units(product) == {"on_hand": 3, "held": 0}, lambda: "units are held")


def test_the_sweep_does_not_cook_a_refunded_order(shop: ShopClient) -> None:
    """Neither webhook came: the page is still `paid` at Stripe."""
    product = shop.stock_a_product(units=3)
    placed = paid_unheard(shop, product)
    shop.control("webhooks", mode="drop", type="charge.refunded", times=1)
    refund_by_hand(shop, placed)
    make_overdue(shop, placed)

    assert sweep(shop) == {"failed": 0}

    assert statuses(shop.wait(placed, "refunded"))[-1] == "refunded"
    wait_until(lambda: shop.units(product) == {"on_hand": 3, "held": 0}, lambda: "units are held")


def test_a_refund_after_cooking_leaves_waste(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=3)
    placed, page = waiting(shop, product)
    shop.pay(page)
    shop.wait(placed, "cooked")

    refund_by_hand(shop, placed)

    refunded = shop.wait(placed, "refunded")
    assert [refund["amount"] for refund in refunded["refunds"]] == [PRICE]
    assert shop.units(product) == {"on_hand": 2, "held": 0}


def test_a_refund_in_part_is_shown_and_the_order_goes_on(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    with paused(shop, "kitchen"):
        shop.pay(page)
        shop.wait(placed, "paid")

        refund_by_hand(shop, placed, amount=200)

        wait_for_refund(shop, placed, amount=200, status="succeeded")
    shop.wait(placed, "cooked")


def test_a_refund_that_fails_is_shown(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    shop.pay(page)
    shop.wait(placed, "cooked")
    refund = refund_by_hand(shop, placed, amount=200)
    wait_for_refund(shop, placed, status="succeeded")

    shop.control(f"refunds/{refund['id']}/fail")

    wait_for_refund(shop, placed, status="failed")


@pytest.mark.parametrize("units_left", [True, False])
def test_a_payment_after_expiry(shop: ShopClient, *, units_left: bool) -> None:
    """The last units are taken again for it, or it is refunded."""
    product = shop.stock_a_product(units=1)
    placed, _ = waiting(shop, product)
    make_overdue(shop, placed)
    sweep(shop)
    shop.wait(placed, "expired")
    if not units_left:
        shop.place((product, 1))

    intent = pay_on_another_page(shop, placed)

    if units_left:
        assert "expired" in statuses(shop.wait(placed, "cooked"))
        assert refunds_at_stripe(shop, intent) == []
    else:
        wait_for_refund(shop, placed, amount=PRICE, reason="order_expired", status="succeeded")
        assert refunds_at_stripe(shop, intent) == [PRICE]
        assert shop.get_order(placed).json()["status"] == "expired"


def test_a_payment_after_the_cancellation_is_refunded(shop: ShopClient) -> None:
    product = shop.stock_a_product(units=1)
    placed, _ = waiting(shop, product)
    assert cancel(shop, placed).status_code == 200

    intent = pay_on_another_page(shop, placed)

    wait_for_refund(shop, placed, amount=PRICE, reason="order_cancelled", status="succeeded")
    assert refunds_at_stripe(shop, intent) == [PRICE]
    assert shop.units(product) == {"on_hand": 1, "held": 0}


def test_a_second_payment_is_refunded_and_the_order_goes_on(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    shop.pay(page)
    shop.wait(placed, "paid", "cooking", "cooked")

    intent = pay_on_another_page(shop, placed)

    wait_for_refund(shop, placed, amount=PRICE, reason="second_payment", status="succeeded")
    assert refunds_at_stripe(shop, intent) == [PRICE]
    shop.wait(placed, "cooked")


def test_a_wrong_amount_is_refunded_and_the_order_waits_on(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))

    intent = pay_on_another_page(shop, placed, amount=PRICE + 1)

    shown = wait_for_refund(shop, placed, reason="wrong_amount", status="succeeded")
    assert refunds_at_stripe(shop, intent) == [PRICE + 1]
    assert (shown["status"], shown["payment_link"]) == ("waiting_for_payment", page)
    shop.pay(page)
    shop.wait(placed, "cooked")


def test_a_lost_dispute_ends_the_order(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))
    shop.pay(page)
    shop.wait(placed, "cooked")
    intent = stripe_client(shop).v1.payment_intents.retrieve(intent_of(shop, placed))

    dispute = shop.control("disputes", charge=intent.latest_charge)
    shop.control(f"disputes/{dispute['id']}/close", status="lost")

    shop.wait(placed, "refunded")


def test_the_payment_of_another_shop_is_ignored(shop: ShopClient) -> None:
    placed, page = waiting(shop, shop.stock_a_product(units=1))

    intent = pay_on_another_page(shop, placed, stack="another-shop")
    shop.control("refunds", payment_intent=intent)
    shop.pay(page)

    assert shop.wait(placed, "cooked")["refunds"] == []
