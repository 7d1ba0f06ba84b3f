"""The real Stripe's account in test mode, for `make test-stripe`."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, override

import pytest
import stripe

from devstack.real_stripe import API_BASE, key_in


class BreakableHTTP(stripe.HTTPClient):
    """The SDK's own HTTP client; told to, it gets no answer to the next request."""

    name = "breakable"
    broken = False

    def __init__(self) -> None:
        super().__init__()
        self._wire = stripe.new_default_http_client(timeout=20)

    @override
    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        if self.broken:
            self.broken = False
            raise stripe.APIConnectionError("cut for the test")  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        return self._wire.request(method, url, headers, post_data)

    @override
    def close(self) -> None:
        self._wire.close()  # type: ignore[no-untyped-call]  # likewise


class RealAccount:
    """What the contract tests need of Stripe itself. What it makes for sale it archives again."""

    def __init__(self, key: str) -> None:
        self._wire = BreakableHTTP()
        self.client = stripe.StripeClient(
            key, base_addresses={"api": API_BASE}, http_client=self._wire
        )
        self._products: list[str] = []

    def price(self, unit_amount: int) -> str:
        """The default price of a new product."""
        price = {"currency": "eur", "unit_amount": unit_amount}
        product = self.product(default_price_data=price)
        assert isinstance(product.default_price, str)
        return product.default_price

    def product(self, **more: Any) -> stripe.Product:
        product = self.client.v1.products.create({"name": "gorder contract test", **more})  # type: ignore[typeddict-item]  # checked by Stripe
        self._products.append(product.id)
        return product

    def break_down(self) -> None:
        self._wire.broken = True

    def archive(self) -> None:
        for product_id in self._products:
            self.client.v1.products.update(product_id, {"active": False})
        self._wire.close()


@contextmanager
def real_account() -> Iterator[RealAccount]:
    """The account of STRIPE_API_KEY; a test without one is skipped and says so."""
    key = key_in(os.environ)
    if key is None:
        pytest.skip("no real Stripe: STRIPE_API_KEY=sk_test_… make test-stripe")
    account = RealAccount(key)
    try:
        yield account
    finally:
        account.archive()
