"""The catalogue as Stripe keeps it: products and their default prices."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stripe

from gorder.contracts.stock import ID
from gorder.stock.model import Price, Product
from gorder.stock.ports import CatalogueSourceError, Listing, Unusable

_PAGE: Final = 100
_GONE: Final = "resource_missing"


class StripeProducts:
    """A `ProductSource`."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client

    def products(self) -> Listing:
        """Every product of the account, active or not: every page is read, so it is whole.

        Raises:
            CatalogueSourceError: Stripe is down, or refuses the key.
        """
        with _translated():
            page = self._client.v1.products.list({"limit": _PAGE, "expand": ["data.default_price"]})
            return listing(list(page.auto_paging_iter()))

    def product(self, product_id: str) -> Listing:
        """The product as it is now; an empty listing if Stripe has deleted it, or never had it.

        Raises:
            CatalogueSourceError: Stripe is down, or refuses the key.
        """
        with _translated():
            try:
                found = self._client.v1.products.retrieve(product_id, {"expand": ["default_price"]})
            except stripe.InvalidRequestError as error:
                if error.code != _GONE:
                    raise
                return listing([])
            return listing([] if getattr(found, "deleted", False) else [found])


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except stripe.AuthenticationError as error:
        raise CatalogueSourceError("Stripe refuses the API key: check it") from error
    except stripe.StripeError as error:
        raise CatalogueSourceError(
            f"cannot read the products from Stripe, nothing was changed, run it again: {error}"
        ) from error


def listing(products: list[stripe.Product]) -> Listing:
    """Translate Stripe's products. One that cannot be sold is inactive, and told with its reason.

    A product whose id cannot be kept is told and left out.
    """
    kept: list[Product] = []
    unusable: list[Unusable] = []
    for product in products:
        price, reason = _usable_price(product.default_price)
        if not re.fullmatch(ID, product.id):
            reason = "its id is not 1 to 64 letters, digits, '.', '_' or '-'"
        else:
            active = product.active and price is not None
            unusable_for = reason if product.active else None
            kept.append(Product(product.id, product.name, price, active, unusable_for))
        if reason and product.active:
            unusable.append(Unusable(product.id, product.name, reason))
    return Listing(tuple(kept), tuple(unusable))


def _usable_price(price: str | stripe.Price | None) -> tuple[Price | None, str | None]:
    """A price that multiplies by a quantity, or why there is none."""
    if price is None:
        return None, "it has no default price"
    if isinstance(price, str):
        raise CatalogueSourceError("Stripe did not expand default_price: check the API version")
    if reason := _defect(price):
        return None, reason
    assert price.unit_amount is not None  # noqa: S101 - `_defect` has ruled it out
    return Price(price.id, price.unit_amount, price.currency), None


def _defect(price: stripe.Price) -> str | None:
    reasons = {
        "its default price is archived": not price.active,
        "its default price is recurring": price.type != "one_time",
        "its default price lets the customer choose": price.custom_unit_amount is not None,
        "its default price is per package": price.transform_quantity is not None,
        "its default price has no whole amount per unit": price.unit_amount is None,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)
