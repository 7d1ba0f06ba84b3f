"""Sends signed webhooks and retries each until its endpoint accepts it."""

import hashlib
import hmac
import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from urllib.parse import urlsplit

from devstack.stripe_standin import checkout, deliveries, events
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.deliveries import Delivery
from devstack.stripe_standin.stripe_json import encode

PARALLEL = 8
TIMEOUT_SECONDS = 10
MAX_WAIT_SECONDS = 0.5


def signature_header(body: str, secret: str, timestamp: int) -> str:
    """Sign a body as Stripe does: `t=…,v1=…`."""
    signed = f"{timestamp}.{body}".encode()
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class WebhookSender:
    """Delivers due webhooks from its own thread.

    Deliveries that a killed process had in progress are attempted again.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._in_progress: set[int] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._pool = ThreadPoolExecutor(PARALLEL, "webhook")
        self._thread = threading.Thread(target=self._run, name="webhook-sender")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now, after a change of the queue or of the clock."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the attempts in progress and stop. Other deliveries stay queued."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._stopping:
                return
            checkout.expire_overdue(self._account)  # also when no request arrives
            self._wake.wait(self._send_due())

    def _send_due(self) -> float:
        """Start all due deliveries. Returns the seconds until the next one may be due."""
        with self._lock:  # before the queue is read, or an attempt that ends now would be repeated
            in_progress = set(self._in_progress)
        now = self._account.clock.time()
        for delivery in deliveries.pending(self._account.store):
            if delivery.seq in in_progress:
                continue
            if delivery.due > now:
                return min(delivery.due - now, MAX_WAIT_SECONDS)
            with self._lock:
                self._in_progress.add(delivery.seq)
            self._pool.submit(self._attempt, delivery)
        return MAX_WAIT_SECONDS

    def _attempt(self, delivery: Delivery) -> None:
        store = self._account.store
        try:
            with store.transaction():
                endpoint = store.find(delivery.endpoint)
                event = store.find(delivery.event)
                if endpoint is None or event is None:
                    return  # deleted since, and removed from the queue
                secret = store.private(delivery.endpoint)["secret"]
                body = encode(events.with_pending_webhooks(self._account, event))
            result = _post(endpoint["url"], body, secret)
            accepted = result.isdecimal() and HTTPStatus(int(result)).is_success
            now = self._account.clock.time()
            deliveries.record(store, delivery, result, accepted=accepted, now=now)
        finally:
            with self._lock:
                self._in_progress.remove(delivery.seq)
            self.wake()


def _post(url: str, body: str, secret: str) -> str:
    """Send one webhook. Returns the HTTP status, or the error as text."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        # The computer's time, not the account's: receivers compare it with their own clock.
        "Stripe-Signature": signature_header(body, secret, int(time.time())),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body.encode(), headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    else:
        return str(response.status)
    finally:
        connection.close()
