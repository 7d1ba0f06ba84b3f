"""Clients of a running Stripe stand-in: the SDK, a browser and the test controls."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import stripe

from devstack.stripe_standin.sdk_schema import check_response
from devstack.stripe_standin.server import serve

TIMEOUT_SECONDS = 120.0
CONTROL_KEY = "control"


def eventually[T](
    poll: Callable[[], T],
    expected: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
    interval_seconds: float = 0.01,
) -> T:
    """Poll until the result is true and return it.

    Raises:
        AssertionError: the result was never true before the timeout.
    """
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if result := poll():
            return result
        threading.Event().wait(interval_seconds)
    raise AssertionError(f"not seen within {timeout_seconds} s: {expected}")


class Exchange(NamedTuple):
    """An HTTP request of the SDK and its response."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: str


class RecordingClient(stripe.HTTPClient):
    """The SDK's default HTTP client, with a record of its exchanges."""

    name = "recording"

    def __init__(self) -> None:
        super().__init__()
        self._http = stripe.new_default_http_client(timeout=10)
        self.exchanges: list[Exchange] = []

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        body, status, response_headers = self._http.request(method, url, headers, post_data)
        path = httpx.URL(url).path
        self.exchanges.append(Exchange(method, path, status, response_headers, body))
        return body, status, response_headers

    def close(self) -> None:
        self._http.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@dataclass
class StandinClient:
    """A client of one stand-in. `stripe` is the SDK. `browser` opens pay pages."""

    url: str
    http: RecordingClient = field(default_factory=RecordingClient)

    def __post_init__(self) -> None:
        self.browser = httpx.Client(base_url=self.url, verify=False, timeout=10)  # noqa: S501 - plain HTTP on loopback
        self.controls = httpx.Client(
            base_url=f"{self.url}/_test/",
            headers={"Authorization": f"Bearer {CONTROL_KEY}"},
            verify=False,  # noqa: S501 - plain HTTP on loopback
            timeout=10,
        )
        self.stripe = stripe.StripeClient(
            "sk_test_x",
            base_addresses={"api": self.url},
            http_client=self.http,
            max_network_retries=0,
        ).v1

    @property
    def last_response(self) -> dict[str, Any]:
        """The body of the last response, before the SDK parsed it."""
        body: dict[str, Any] = json.loads(self.http.exchanges[-1].body)
        return body

    def control(self, name: str, body: object = None, method: str = "POST") -> Any:
        """Call a test control and return its result."""
        response = self.controls.request(method, name, json=body or {})
        assert response.status_code == 200, response.text
        return response.json()

    def price(self, unit_amount: int = 450, **params: Any) -> str:
        """Create a product and return the id of its default price."""
        defaults = {
            "name": "Soup",
            "default_price_data": {"currency": "eur", "unit_amount": unit_amount},
        }
        product = self.stripe.products.create(defaults | params)  # type: ignore[arg-type]  # checked by the stand-in
        assert isinstance(product.default_price, str)
        return product.default_price

    def session(self, price: str | None = None, **params: Any) -> stripe.checkout.Session:
        """Create a Checkout Session for two units of a price."""
        defaults: dict[str, Any] = {
            "mode": "payment",
            "line_items": [{"price": price or self.price(), "quantity": 2}],
            "success_url": "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}",
        }
        return self.stripe.checkout.sessions.create(defaults | params)  # type: ignore[arg-type]  # checked by the stand-in

    def pay(self, session: stripe.checkout.Session, outcome: str = "paid") -> httpx.Response:
        """Press a button on the pay page."""
        return self.browser.post(str(session.url), data={"outcome": outcome})

    def paid_session(self, **params: Any) -> stripe.checkout.Session:
        """Create a session and pay it."""
        session = self.session(**params)
        assert self.pay(session).status_code == 303
        return self.stripe.checkout.sessions.retrieve(session.id)

    def paid_intent(self, **params: Any) -> str:
        """Create a session, pay it and return the id of its payment intent."""
        intent = self.paid_session(**params).payment_intent
        assert isinstance(intent, str)
        return intent

    def charge_of(self, intent: str) -> stripe.Charge:
        """Return the latest charge of a payment intent."""
        charge = self.stripe.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
        assert isinstance(charge.latest_charge, stripe.Charge)
        return charge.latest_charge

    def events_of(self, object_id: str) -> list[stripe.Event]:
        """List the events of an object, oldest first."""
        newest_first = self.stripe.events.list({"limit": 100}).data
        return [e for e in reversed(newest_first) if e.data.object["id"] == object_id]

    def check_responses(self) -> int:
        """Check all successful responses so far against the SDK's types. Returns their number."""
        successful = [exchange for exchange in self.http.exchanges if exchange.status == 200]
        for exchange in successful:
            drift = check_response(json.loads(exchange.body))
            assert not drift, f"{exchange.method} {exchange.path}: {drift[0]}"
        return len(successful)


@contextmanager
def standin_at(url: str) -> Iterator[StandinClient]:
    """Connect to a stand-in, and check all its responses at the end."""
    standin = StandinClient(url)
    try:
        yield standin
        standin.check_responses()
    finally:
        standin.browser.close()
        standin.controls.close()
        standin.http.close()


@contextmanager
def running_standin(data: Path) -> Iterator[StandinClient]:
    """Run a stand-in in this process and connect to it."""
    with serve(data, control_key=CONTROL_KEY) as url, standin_at(url) as standin:
        yield standin
