"""A limit of requests per second and endpoint, as Stripe's."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from http import HTTPStatus

from devstack.stripe_standin.errors import ApiError

WINDOW_SECONDS = 1.0
HEADERS = {
    "Stripe-Rate-Limited-Reason": "endpoint-rate",
    "Stripe-Should-Retry": "false",  # by the SDK: the client has to slow down first
}


class EndpointRateLimit:
    """Counts the accepted requests of each endpoint in the last second. Without a limit at first.

    The computer's clock counts, even if the account's clock is moved.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._per_second: int | None = None
        self._accepted: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def set(self, per_second: int | None) -> None:
        """Set or, with None, remove the limit. Earlier requests do not count."""
        with self._lock:
            self._per_second = per_second
            self._accepted.clear()

    def check(self, endpoint: str) -> None:
        """Count a request.

        Raises:
            ApiError: rate_limit, 429. The idempotency key is not used up.
        """
        with self._lock:
            if self._per_second is None:
                return
            now = self._monotonic()
            accepted = self._accepted[endpoint]
            while accepted and accepted[0] <= now - WINDOW_SECONDS:
                accepted.popleft()
            if len(accepted) < self._per_second:
                accepted.append(now)
                return
        raise ApiError(
            "Request rate limit exceeded. Learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            code="rate_limit",
            stored=False,
            headers=HEADERS,
        )
