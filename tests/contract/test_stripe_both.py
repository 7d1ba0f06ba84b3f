"""Behaviour of Stripe that gorder relies on, checked on the stand-in and on Stripe itself."""

import json
from collections.abc import Iterator
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
from gorder.stock.catalogue import CatalogueSnapshot
from tests.contract.standin_client import eventually
from tests.contract.stripe_accounts import SellerAccount, real_account
from tests.fakes.examples import STACK
from tests.fakes.webhooks import SECRET, signature

EVENT_TIMEOUT_SECONDS = 60
BOTH = [
    pytest.param("stand-in", marks=pytest.mark.servers),
    pytest.param("real", marks=[pytest.mark.servers, pytest.mark.real_stripe]),
]


@pytest.fixture(params=BOTH)
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SellerAccount]:
    if request.param == "stand-in":
        with serve(tmp_path / "stripe.db") as url:
            yield SellerAccount(stripe_client("sk_test_x", url))
        return
    with real_account() as account:
        yield account


def listed(snapshot: CatalogueSnapshot, product_id: str) -> tuple[bool, int | None, bool]:
    """Return a product's active flag and unit amount, and whether it is listed as unusable."""
    [product] = [p for p in snapshot.products if p.product_id == product_id]
    amount = product.price.unit_amount if product.price else None
    return product.active, amount, any(u.product_id == product_id for u in snapshot.unusable)


def test_the_catalogue_includes_products_that_cannot_be_sold(account: SellerAccount) -> None:
    euro = {"currency": "eur"}
    soup = account.product(default_price_data=euro | {"unit_amount": 700}).id
    bread = account.product(default_price_data=euro | {"unit_amount": 250}, active=False).id
    without_price = account.product().id
    monthly = euro | {"unit_amount": 900, "recurring": {"interval": "month"}}
    subscription = account.product(default_price_data=monthly).id

    found = StripeProducts(account.client, STACK, only_marked=False).products()

    assert listed(found, soup) == (True, 700, False)
    assert listed(found, bread) == (False, 250, False)
    assert listed(found, without_price) == listed(found, subscription) == (False, None, True)


def test_the_webhook_reader_reads_the_event_of_an_expired_session(account: SellerAccount) -> None:
    order_id = uuid4().hex
    session = account.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": account.price(700), "quantity": 1}],
            "metadata": {"order_id": order_id, "trace_id": "trace-1"},
            "expires_at": int((utc_now() + timedelta(minutes=31)).timestamp()),
            "success_url": "https://shop.example/thanks",
        }
    )
    account.client.v1.checkout.sessions.expire(session.id)

    body = json.dumps(_expired_event(account.client, session.id)).encode()
    reader = StripeWebhookReader(SECRET, utc_now, STACK)
    fact = reader.read(body, signature(body, utc_now()), "trace-2")

    assert isinstance(fact, PaymentFact)
    assert fact.event_type is EventType.CHECKOUT_EXPIRED
    assert fact.data.order_id == order_id


def _expired_event(client: StripeClient, session_id: str) -> dict[str, Any]:
    """Wait for the session's `checkout.session.expired` event and return it as JSON."""

    def poll() -> dict[str, Any] | None:
        for event in client.v1.events.list({"type": "checkout.session.expired", "limit": 100}).data:
            if event.data.object["id"] == session_id:
                found: dict[str, Any] = json.loads(str(event))
                return found
        return None

    event = eventually(poll, f"the event of {session_id}", EVENT_TIMEOUT_SECONDS, 0.5)
    assert event
    return event
