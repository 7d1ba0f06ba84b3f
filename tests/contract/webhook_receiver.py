"""An HTTP server that receives the stand-in's webhooks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

import stripe

from devstack.stripe_standin.sdk_schema import check_event
from tests.contract.standin_client import StandinClient, eventually

SECRET = "whsec_test"


class Webhook(NamedTuple):
    """A webhook as it arrived."""

    event: dict[str, Any]
    body: bytes
    signature: str


class Receiver:
    """Collects webhooks. Responds with the next of `statuses`, or 200 if none is left.

    On exit it checks every webhook against the SDK's types and verifies its signature.
    """

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []
        self.statuses: list[int] = []
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
        """Wait for at least `count` webhooks of a type and return them."""

        def received() -> list[Webhook]:
            found = [w for w in self.webhooks if w.event["type"] == type_]
            return found if len(found) >= count else []

        return eventually(received, f"{count} x {type_}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class WebhookHandler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                receiver.webhooks.append(Webhook(json.loads(body), body, signature))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Print nothing."""

        return WebhookHandler


def verified(webhook: Webhook, secret: str = SECRET) -> bool:
    """Return whether the SDK accepts the signature."""
    try:
        stripe.WebhookSignature.verify_header(webhook.body.decode(), webhook.signature, secret, 300)
    except stripe.SignatureVerificationError:
        return False
    return True


@contextmanager
def receiving(standin: StandinClient, *enabled_events: str) -> Iterator[Receiver]:
    """Run a receiver that is registered as an endpoint of the stand-in."""
    with Receiver() as receiver:
        endpoint = {"url": receiver.url, "secret": SECRET}
        if enabled_events:
            standin.control("webhook_endpoints", endpoint | {"enabled_events": enabled_events})
        else:
            standin.control("webhook_endpoints", endpoint)
        yield receiver
