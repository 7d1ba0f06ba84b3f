"""What the tests of the Stripe stand-in share: a running one with its clients, a receiver."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import stripe

from devstack.stripe_standin.sdk_schema import check_event, check_response
from devstack.stripe_standin.server import serve

SECRET = "whsec_test"
PATIENCE_SECONDS = 20.0


def eventually[T](look: Callable[[], T], what: str) -> T:
    """Look until something true is seen; gives it.

    Raises:
        AssertionError: it was not seen in time.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        threading.Event().wait(0.01)
    raise AssertionError(f"not seen within {PATIENCE_SECONDS} s: {what}")


class Exchange(NamedTuple):
    """One HTTP exchange of the SDK."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: str


class RecordingClient(stripe.HTTPClient):
    """The SDK's own HTTP client, with a record of what came back."""

    name = "recording"

    def __init__(self) -> None:
        super().__init__()
        self._wire = stripe.new_default_http_client(timeout=10)
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
        body, status, answered = self._wire.request(method, url, headers, post_data)
        self.exchanges.append(Exchange(method, httpx.URL(url).path, status, answered, body))
        return body, status, answered

    def close(self) -> None:
        self._wire.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@dataclass
class Standin:
    """A running stand-in. `stripe` is the SDK's client, `browser` a customer's or a test's."""

    url: str
    wire: RecordingClient = field(default_factory=RecordingClient)

    def __post_init__(self) -> None:
        self.browser = httpx.Client(base_url=self.url, verify=False, timeout=10)  # noqa: S501 - plain HTTP on loopback
        self.stripe = stripe.StripeClient(
            "sk_test_x",
            base_addresses={"api": self.url},
            http_client=self.wire,
            max_network_retries=0,
        ).v1

    @property
    def last_answer(self) -> dict[str, Any]:
        """The last answer as it was sent, before the SDK read it."""
        answer: dict[str, Any] = json.loads(self.wire.exchanges[-1].body)
        return answer

    def control(self, name: str, body: object = None, method: str = "POST") -> Any:
        answer = self.browser.request(method, f"/_test/{name}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def price(self, unit_amount: int = 450, **more: Any) -> str:
        params = {
            "name": "Soup",
            "default_price_data": {"currency": "eur", "unit_amount": unit_amount},
        }
        product = self.stripe.products.create(params | more)  # type: ignore[arg-type]  # checked by the stand-in
        assert isinstance(product.default_price, str)
        return product.default_price

    def session(self, price: str | None = None, **more: Any) -> stripe.checkout.Session:
        params: dict[str, Any] = {
            "mode": "payment",
            "line_items": [{"price": price or self.price(), "quantity": 2}],
            "success_url": "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}",
        }
        return self.stripe.checkout.sessions.create(params | more)  # type: ignore[arg-type]  # likewise

    def pay(self, session: stripe.checkout.Session, outcome: str = "paid") -> httpx.Response:
        """Press a button on the pay page."""
        return self.browser.post(str(session.url), data={"outcome": outcome})

    def paid(self, **more: Any) -> stripe.checkout.Session:
        """Make a session and pay it."""
        session = self.session(**more)
        assert self.pay(session).status_code == 303
        return self.stripe.checkout.sessions.retrieve(session.id)

    def check_answers(self) -> int:
        """Compare every answer so far with the SDK's types; tells how many there were."""
        answers = [exchange for exchange in self.wire.exchanges if exchange.status == 200]
        for exchange in answers:
            drift = check_response(json.loads(exchange.body))
            assert not drift, f"{exchange.method} {exchange.path}: {drift[0]}"
        return len(answers)


@contextmanager
def standin_at(url: str) -> Iterator[Standin]:
    standin = Standin(url)
    try:
        yield standin
        standin.check_answers()
    finally:
        standin.browser.close()
        standin.wire.close()


@contextmanager
def running_standin(data: Path) -> Iterator[Standin]:
    with serve(data) as url, standin_at(url) as standin:
        yield standin


class Webhook(NamedTuple):
    """A webhook as it arrived."""

    event: dict[str, Any]
    body: bytes
    signature: str


class Receiver:
    """A server that takes webhooks. It answers from `answers`, then 200."""

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []
        self.answers: list[int] = []
        self.secret = SECRET
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/webhook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for webhook in self.webhooks:
            drift = check_event(webhook.event)
            assert not drift, f"webhook {webhook.event['type']}: {drift[0]}"
            assert verified(webhook, self.secret)

    @property
    def types(self) -> list[str]:
        return [webhook.event["type"] for webhook in self.webhooks]

    def wait_for(self, count: int, type_: str = "checkout.session.completed") -> list[Webhook]:
        """Wait for so many webhooks of a type; gives them."""

        def look() -> list[Webhook]:
            found = [w for w in self.webhooks if w.event["type"] == type_]
            return found if len(found) >= count else []

        return eventually(look, f"{count} x {type_}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                receiver.webhooks.append(Webhook(json.loads(body), body, signature))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Tests print nothing."""

        return Handler


def verified(webhook: Webhook, secret: str = SECRET) -> bool:
    """Let the SDK judge a signature."""
    try:
        stripe.WebhookSignature.verify_header(webhook.body.decode(), webhook.signature, secret, 300)
    except stripe.SignatureVerificationError:
        return False
    return True


@contextmanager
def receiving(standin: Standin, *enabled_events: str) -> Iterator[Receiver]:
    """Run a receiver that the stand-in sends its webhooks to."""
    with Receiver() as receiver:
        endpoint = {"url": receiver.url, "secret": SECRET}
        if enabled_events:
            standin.control("webhook_endpoints", endpoint | {"enabled_events": enabled_events})
        else:
            standin.control("webhook_endpoints", endpoint)
        yield receiver
