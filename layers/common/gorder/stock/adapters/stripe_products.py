"""Reads the catalogue from Stripe: products and their default prices."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import stripe

from gorder.constraints import ID_PATTERN
from gorder.currencies import currency_rules
from gorder.stock.catalogue import CatalogueSnapshot, UnusableProduct
from gorder.stock.menu_details import MenuDetails, usable_details
from gorder.stock.model import Price, Product
from gorder.stock.ports import CatalogueSourceError
from gorder.stripe_mark import MARK, is_ours

_PAGE: Final = 100
_GONE: Final = "resource_missing"
_CATEGORY: Final = "gorder_category"  # a key of a product's metadata
_POSITION: Final = "gorder_position"


class StripeProducts:
    """Implements `ProductSource`."""

    def __init__(self, client: stripe.StripeClient, stack: str, *, only_marked: bool) -> None:
        """Initialize without a request.

        Args:
            client: of the Stripe account, which may have several shops.
            stack: the mark of this deployment in Stripe's metadata.
            only_marked: whether a product without a mark is another shop's.
        """
        self._client = client
        self._stack = stack
        self._only_marked = only_marked

    def products(self) -> CatalogueSnapshot:
        """Return every product of this shop, active or not. Reads every page.

        Raises:
            CatalogueSourceError: Stripe is down or refuses the key.
        """
        with _translated():
            page = self._client.v1.products.list({"limit": _PAGE, "expand": ["data.default_price"]})
            return self._snapshot(page.auto_paging_iter())

    def product(self, product_id: str) -> CatalogueSnapshot:
        """Return the product as it is now; a snapshot without it if Stripe does not have it.

        Raises:
            CatalogueSourceError: Stripe is down or refuses the key.
        """
        with _translated():
            try:
                found = self._client.v1.products.retrieve(product_id, {"expand": ["default_price"]})
            except stripe.InvalidRequestError as error:
                if error.code != _GONE:
                    raise
                return self._snapshot([])
            return self._snapshot([] if getattr(found, "deleted", False) else [found])

    def _snapshot(self, found: Iterable[stripe.Product]) -> CatalogueSnapshot:
        products = list(found)
        others = {each.id: reason for each in products if (reason := self._why_not_ours(each))}
        ours = catalogue_snapshot([each for each in products if each.id not in others])
        return replace(ours, others=others)

    def _why_not_ours(self, product: stripe.Product) -> str | None:
        metadata = product.metadata.to_dict()
        if not is_ours(metadata, self._stack):
            return "it is marked as another shop's"
        if self._only_marked and MARK not in metadata:
            return "it is not marked as this shop's"
        return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except stripe.AuthenticationError as error:
        raise CatalogueSourceError(
            "Stripe refuses the API key: check STRIPE_API_KEY or the secret that holds it"
        ) from error
    except stripe.StripeError as error:
        raise CatalogueSourceError(
            "cannot read the products from Stripe, nothing was changed, repeat the request: "
            f"{error}"
        ) from error


def catalogue_snapshot(products: list[stripe.Product]) -> CatalogueSnapshot:
    """Translate Stripe's products. One without a usable price becomes inactive.

    A product whose id does not fit the ID pattern is left out. `unusable` lists both kinds, each
    with its reason, unless Stripe calls the product inactive.
    """
    kept: list[Product] = []
    unusable: list[UnusableProduct] = []
    for product in products:
        price, reason = _usable_price(product.default_price)
        if not re.fullmatch(ID_PATTERN, product.id):
            reason = "its id is not 1 to 64 letters, digits, '.', '_' or '-'"
        else:
            active = product.active and price is not None
            unusable_reason = reason if product.active else None
            details = _details(product)
            kept.append(Product(product.id, product.name, price, active, unusable_reason, details))
        if reason and product.active:
            unusable.append(UnusableProduct(product.id, product.name, reason))
    return CatalogueSnapshot(tuple(kept), tuple(unusable))


def _details(product: stripe.Product) -> MenuDetails:
    metadata = product.metadata.to_dict()
    return usable_details(
        product.description, product.images, metadata.get(_CATEGORY), metadata.get(_POSITION)
    )


def _usable_price(price: str | stripe.Price | None) -> tuple[Price | None, str | None]:
    """Return a price that can be multiplied by a quantity and paid, or why there is none."""
    if price is None:
        return None, "it has no default price"
    if isinstance(price, str):
        raise CatalogueSourceError(
            f"Stripe did not expand default_price {price}: check the API version"
        )
    if reason := _unusable_reason(price):
        return None, reason
    assert price.unit_amount is not None  # noqa: S101 - `_unusable_reason` excludes None
    if broken := currency_rules(price.currency).broken_by_price(price.unit_amount):
        return None, broken
    return Price(price.id, price.unit_amount, price.currency), None


def _unusable_reason(price: stripe.Price) -> str | None:
    reasons = {
        "its default price is archived": not price.active,
        "its default price is recurring": price.type != "one_time",
        "its default price lets the customer choose": price.custom_unit_amount is not None,
        "its default price is per package": price.transform_quantity is not None,
        "its default price has no whole amount per unit": price.unit_amount is None,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)
