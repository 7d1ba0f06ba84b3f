"""What the amounts of a page that gorder did not make say about its payment."""

from dataclasses import replace

import pytest
import stripe

from gorder.bootstrap.payment_link import payable
from gorder.payment.adapters.stripe_totals import totals
from gorder.payment.model import CheckoutDiffersError, CheckoutPage, check_page
from tests.fakes.examples import PAGE_URL, payment, waiting


def session(total: int, **details: int) -> stripe.checkout.Session:
    """A page with automatic tax and promotion codes, 16.50 euro before them."""
    nothing = {"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0}
    return stripe.checkout.Session.construct_from(
        {
            "amount_subtotal": 1650,
            "amount_total": total,
            "currency": "eur",
            "allow_promotion_codes": True,
            "automatic_tax": {"enabled": True},
            "total_details": nothing | details,
        },
        "sk_test_x",
    )


@pytest.mark.parametrize(
    ("total", "details"),
    [
        (1900, {"amount_shipping": 250, "amount_tax": 263}),
        (1650, {"amount_shipping": 250, "amount_tax": 263, "amount_discount": 250}),
    ],
    ids=["up to the tax", "up to the discount"],
)
def test_shipping_is_explained_by_nothing(total: int, details: dict[str, int]) -> None:
    stated = totals(session(total, **details))
    assert stated

    paid = replace(payment(total), discount=stated.discount, tax=stated.tax, added=stated.added)

    assert not paid.settles(1650)


def test_a_page_with_shipping_is_not_the_orders() -> None:
    stated = totals(session(1900, amount_shipping=250, amount_tax=263))
    assert stated
    page = CheckoutPage("cs_1", PAGE_URL, stated.subtotal, stated.total, "eur", stated.tax)

    with pytest.raises(CheckoutDiffersError):
        check_page(page, payable(waiting()))


def test_tax_explains_what_was_added() -> None:
    stated = totals(session(1900, amount_tax=250))
    assert stated
    assert (stated.tax, stated.added) == (250, 250)
