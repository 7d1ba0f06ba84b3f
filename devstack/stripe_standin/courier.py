"""Sends webhooks: signed, each on its own, again and again until they are accepted."""

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
from devstack.stripe_standin.wire import encode

PARALLEL = 8
ANSWER_SECONDS = 10
LONGEST_NAP_SECONDS = 0.5


def signature_header(body: str, secret: str, timestamp: int) -> str:
    """Sign a body as Stripe does: `t=…,v1=…`."""
    signed = f"{timestamp}.{body}".encode()
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Courier:
    """Delivers what is due, from its own thread. What a dead process left is delivered again."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._under_way: set[int] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._pool = ThreadPoolExecutor(PARALLEL, "webhook")
        self._thread = threading.Thread(target=self._run, name="courier")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now: something was queued, or the clock was moved."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is under way and stop; the rest stays queued."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._stopping:
                return
            checkout.expire_overdue(self._account)  # time passes whether or not anyone asks
            self._wake.wait(self._send_what_is_due())

    def _send_what_is_due(self) -> float:
        """Start what is due; tells how long nothing else will be, unless someone wakes us."""
        with self._lock:  # before the queue is read: what ends meanwhile is not sent again
            under_way = set(self._under_way)
        now = self._account.clock.time()
        for delivery in deliveries.pending(self._account.store):
            if delivery.seq in under_way:
                continue
            if delivery.due > now:
                return min(delivery.due - now, LONGEST_NAP_SECONDS)
            with self._lock:
                self._under_way.add(delivery.seq)
            self._pool.submit(self._attempt, delivery)
        return LONGEST_NAP_SECONDS

    def _attempt(self, delivery: Delivery) -> None:
        store = self._account.store
        try:
            with store.transaction():
                endpoint = store.find(delivery.endpoint)
                event = store.find(delivery.event)
                if endpoint is None or event is None:
                    return  # deleted since; the queue was told
                secret = store.private(delivery.endpoint)["secret"]
                body = encode(events.shown(self._account, event))
            result = _post(endpoint["url"], body, secret)
            accepted = result.isdecimal() and HTTPStatus(int(result)).is_success
            now = self._account.clock.time()
            deliveries.record(store, delivery, result, accepted=accepted, now=now)
        finally:
            with self._lock:
                self._under_way.remove(delivery.seq)
            self.wake()


def _post(url: str, body: str, secret: str) -> str:
    """Send one webhook; tells the status answered, or what went wrong."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=ANSWER_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        # The computer's time, never the account's: receivers judge a signature by theirs.
        "Stripe-Signature": signature_header(body, secret, int(time.time())),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body.encode(), headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as failure:
        return f"{type(failure).__name__}: {failure}"
    else:
        return str(answer.status)
    finally:
        connection.close()
