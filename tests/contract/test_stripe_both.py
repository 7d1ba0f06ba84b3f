"""What gorder takes for granted of Stripe, asked of the stand-in and of Stripe itself."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from stripe import StripeClient

from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client
from gorder.contracts.events import EventType, PaymentFact
from gorder.payment.adapters.stripe_webhook import StripeWebhookReader
from gorder.runtime.clock import utc_now
from gorder.stock.adapters.stripe_products import StripeProducts
from gorder.stock.ports import Listing
from tests.contract.real_account import real_account
from tests.fakes.webhooks import SECRET, signature

PATIENCE_SECONDS = 60
BOTH = [
    pytest.param("stand-in", marks=pytest.mark.servers),
    pytest.param("real", marks=[pytest.mark.servers, pytest.mark.real_stripe]),
]


@dataclass
class Shop:
    """A Stripe account and what a test puts on sale there."""

    client: StripeClient
    made: list[str]

    def sell(self, **more: Any) -> str:
        """A new product; its id."""
        product = self.client.v1.products.create({"name": "gorder contract test", **more})  # type: ignore[typeddict-item]  # checked by Stripe
        self.made.append(product.id)
        return product.id

    def price_of(self, product_id: str) -> str:
        price = self.client.v1.products.retrieve(product_id).default_price
        assert isinstance(price, str)
        return price


@pytest.fixture(params=BOTH)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    if request.param == "stand-in":
        with serve(Path(tmp_path) / "stripe.db") as url:
            yield Shop(stripe_client("sk_test_x", url), [])
        return
    with real_account() as account:
        shop = Shop(account.client, [])
        yield shop
        for product_id in shop.made:
            account.client.v1.products.update(product_id, {"active": False})


def listed(listing: Listing, product_id: str) -> tuple[bool, int | None, bool]:
    """Whether a product is for sale, at what price, and whether it is told as unusable."""
    [product] = [p for p in listing.products if p.product_id == product_id]
    amount = product.price.unit_amount if product.price else None
    return product.active, amount, any(u.product_id == product_id for u in listing.unusable)


def test_the_catalogue_is_read_with_what_cannot_be_sold(shop: Shop) -> None:
    euro = {"currency": "eur"}
    soup = shop.sell(default_price_data=euro | {"unit_amount": 700})
    bread = shop.sell(default_price_data=euro | {"unit_amount": 250}, active=False)
    smile = shop.sell()
    monthly = euro | {"unit_amount": 900, "recurring": {"interval": "month"}}
    subscription = shop.sell(default_price_data=monthly)

    found = StripeProducts(shop.client).products()

    assert listed(found, soup) == (True, 700, False)
    assert listed(found, bread) == (False, 250, False)
    assert listed(found, smile) == listed(found, subscription) == (False, None, True)


def test_an_expired_session_is_told_by_an_event_that_the_webhook_reads(shop: Shop) -> None:
    order_id = uuid4().hex
    price = shop.price_of(shop.sell(default_price_data={"currency": "eur", "unit_amount": 700}))
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": price, "quantity": 1}],
            "metadata": {"order_id": order_id, "trace_id": "trace-1"},
            "expires_at": int((utc_now() + timedelta(minutes=31)).timestamp()),
            "success_url": "https://shop.example/thanks",
        }
    )
    shop.client.v1.checkout.sessions.expire(session.id)

    body = json.dumps(_event_of(shop.client, session.id)).encode()
    reader = StripeWebhookReader(SECRET, utc_now)
    fact = reader.read(body, signature(body, utc_now()), "trace-2")

    assert isinstance(fact, PaymentFact)
    assert fact.event_type is EventType.CHECKOUT_EXPIRED
    assert fact.data.order_id == order_id


def _event_of(client: StripeClient, session_id: str) -> dict[str, Any]:
    """The event as a webhook has it, as soon as Stripe has made it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        for event in client.v1.events.list({"type": "checkout.session.expired", "limit": 100}).data:
            if event.data.object["id"] == session_id:
                found: dict[str, Any] = json.loads(str(event))
                return found
        time.sleep(0.5)
    pytest.fail(f"Stripe has made no event of {session_id} after {PATIENCE_SECONDS} s")
