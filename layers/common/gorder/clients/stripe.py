"""Create Stripe clients."""

from collections.abc import Mapping
from typing import Any

import stripe

from gorder.runtime.deadline import too_late
from gorder.runtime.limits import STRIPE


class _HttpClient(stripe.RequestsClient):
    """Sends no request that may end after the function's deadline."""

    def request(  # type: ignore[override]  # as RequestsClient declares it
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 - as Stripe declares it
    ) -> tuple[bytes, int, Mapping[str, str]]:
        if reason := too_late(STRIPE.attempt_seconds):
            raise stripe.APIConnectionError(reason)  # type: ignore[no-untyped-call]  # Stripe's errors are untyped
        return super().request(method, url, headers, post_data)


def stripe_client(api_key: str, api_base: str) -> stripe.StripeClient:
    """Create a client with the timeouts and attempts of `runtime.limits.STRIPE`.

    Its HTTP client is `requests`: the SDK depends on it, and the layer has no other.
    """
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=STRIPE.attempts - 1,
        http_client=_HttpClient(timeout=(STRIPE.connect_seconds, STRIPE.answer_seconds)),
    )
