"""Stripe accounts in which tests create products: any account, and the real one in test mode."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, override

import pytest
import stripe

from devstack.real_stripe import API_BASE, key_in


class SellerAccount:
    """An account, at the stand-in or at Stripe, with the products that a test creates."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client
        self.product_ids: list[str] = []

    def product(self, **params: Any) -> stripe.Product:
        """Create a product."""
        product = self.client.v1.products.create({"name": "gorder contract test", **params})  # type: ignore[typeddict-item]  # checked by Stripe
        self.product_ids.append(product.id)
        return product

    def price(self, unit_amount: int) -> str:
        """Create a product and return the id of its default price."""
        price = {"currency": "eur", "unit_amount": unit_amount}
        product = self.product(default_price_data=price)
        assert isinstance(product.default_price, str)
        return product.default_price


class FailingHTTPClient(stripe.HTTPClient):
    """The SDK's default HTTP client, which can lose the next request."""

    name = "failing"
    fail_next = False

    def __init__(self) -> None:
        super().__init__()
        self._http = stripe.new_default_http_client(timeout=20)

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
        if self.fail_next:
            self.fail_next = False
            raise stripe.APIConnectionError("connection lost by the test")  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        return self._http.request(method, url, headers, post_data)

    @override
    def close(self) -> None:
        self._http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


class RealAccount(SellerAccount):
    """The account at Stripe, for `make test-stripe`. `close` archives the created products."""

    def __init__(self, key: str) -> None:
        self._http = FailingHTTPClient()
        super().__init__(
            stripe.StripeClient(key, base_addresses={"api": API_BASE}, http_client=self._http)
        )

    def fail_next_call(self) -> None:
        """Lose the next request to Stripe."""
        self._http.fail_next = True

    def close(self) -> None:
        for product_id in self.product_ids:
            self.client.v1.products.update(product_id, {"active": False})
        self._http.close()


@contextmanager
def real_account() -> Iterator[RealAccount]:
    """Connect to the account of STRIPE_API_KEY. Without a key, the test is skipped."""
    key = key_in(os.environ)
    if key is None:
        pytest.skip("no real Stripe: STRIPE_API_KEY=sk_test_… make test-stripe")
    account = RealAccount(key)
    try:
        yield account
    finally:
        account.close()
