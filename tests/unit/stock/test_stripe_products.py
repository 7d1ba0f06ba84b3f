"""Which of Stripe's products can be ordered, from objects of the SDK's own classes."""

from typing import Any

import pytest
import stripe

from gorder.stock.adapters.stripe_products import catalogue_snapshot
from gorder.stock.menu_details import MenuDetails
from gorder.stock.model import Price, Product
from gorder.stock.ports import CatalogueSourceError

PRICE: dict[str, Any] = {
    "id": "price_1",
    "object": "price",
    "active": True,
    "type": "one_time",
    "unit_amount": 700,
    "currency": "eur",
    "custom_unit_amount": None,
    "transform_quantity": None,
}


def stripe_product(price: object, **changes: object) -> stripe.Product:
    values = {"id": "prod_1", "object": "product", "name": "Soup", "active": True}
    values |= {"description": None, "images": [], "metadata": {}}
    values |= {"default_price": price} | changes
    return stripe.Product.construct_from(values, "sk_test_x")


def test_a_product_with_a_whole_price_can_be_sold() -> None:
    snapshot = catalogue_snapshot([stripe_product(PRICE)])
    soup = Product("prod_1", "Soup", Price("price_1", 700, "eur"), active=True)
    assert (snapshot.products, snapshot.unusable) == ((soup,), ())


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (None, "no default price"),
        (PRICE | {"active": False}, "archived"),
        (PRICE | {"type": "recurring"}, "recurring"),
        (PRICE | {"custom_unit_amount": {"minimum": 1}, "unit_amount": None}, "customer choose"),
        (PRICE | {"transform_quantity": {"divide_by": 6, "round": "up"}}, "per package"),
        (PRICE | {"unit_amount": None}, "no whole amount"),
        (PRICE | {"unit_amount": 1505, "currency": "kwd"}, "1505 is not a multiple of 10"),
        (PRICE | {"unit_amount": 250_050, "currency": "ugx"}, "is not a multiple of 100"),
        (PRICE | {"unit_amount": 100_000_000}, "above the maximum of 99999999"),
        (PRICE | {"unit_amount": 17, "currency": "huf"}, "17 is below the minimum of 17500"),
    ],
)
def test_a_product_without_a_usable_price_is_inactive_with_a_reason(
    price: object, reason: str
) -> None:
    snapshot = catalogue_snapshot([stripe_product(price)])
    (unusable,) = snapshot.unusable
    assert snapshot.products == (Product("prod_1", "Soup", None, False, unusable.reason),)
    assert (unusable.product_id, unusable.name) == ("prod_1", "Soup")
    assert reason in unusable.reason


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(0, "eur"), (1, "eur"), (18, "huf"), (1510, "kwd"), (250_000, "ugx"), (99_999_999, "jpy")],
)
def test_a_product_whose_price_can_be_paid_can_be_sold(amount: int, currency: str) -> None:
    price = PRICE | {"unit_amount": amount, "currency": currency}
    snapshot = catalogue_snapshot([stripe_product(price)])
    assert snapshot.products[0].price == Price("price_1", amount, currency)
    assert (snapshot.products[0].active, snapshot.unusable) == (True, ())


def test_an_inactive_product_is_not_listed_as_unusable() -> None:
    snapshot = catalogue_snapshot(
        [stripe_product(None, active=False), stripe_product(PRICE, active=False)]
    )
    assert [(p.price is not None, p.active) for p in snapshot.products] == [
        (False, False),
        (True, False),
    ]
    assert snapshot.unusable == ()


@pytest.mark.parametrize("product_id", ["p" * 65, "soup ", "soup\n", "a/b", "_soup", "süppchen"])
def test_a_product_with_an_unfit_id_is_left_out_with_a_reason(product_id: str) -> None:
    snapshot = catalogue_snapshot([stripe_product(PRICE, id=product_id)])
    assert snapshot.products == ()
    assert "its id is not" in snapshot.unusable[0].reason


def test_a_product_has_the_details_that_the_shop_has_entered() -> None:
    entered = stripe_product(
        PRICE,
        description="Hot\nand spicy",
        images=["http://shop.example/1.png", "https://shop.example/2.png"],
        metadata={"gorder_category": " Soups ", "gorder_position": "-2", "aisle": "4"},
    )
    assert catalogue_snapshot([entered]).products[0].details == MenuDetails(
        "Hot and spicy", "https://shop.example/2.png", "Soups", -2
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "\ud83c\x00\u202e"},
        {"description": ""},
        {"images": ["", "javascript:alert(1)", "https://shop.example/" + "x" * 5000]},
        {"metadata": {"gorder_category": "\n", "gorder_position": "first"}},
        {"metadata": {"gorder_category": "", "gorder_position": "9" * 500}},
    ],
)
def test_a_product_whose_details_cannot_be_used_can_be_sold(changes: dict[str, object]) -> None:
    snapshot = catalogue_snapshot([stripe_product(PRICE, **changes)])
    soup = Product("prod_1", "Soup", Price("price_1", 700, "eur"), active=True)
    assert (snapshot.products, snapshot.unusable) == ((soup,), ())


def test_a_price_that_was_not_expanded_is_refused() -> None:
    with pytest.raises(CatalogueSourceError, match="expand"):
        catalogue_snapshot([stripe_product("price_1")])
