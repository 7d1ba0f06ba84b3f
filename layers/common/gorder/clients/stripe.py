"""Create Stripe clients."""

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from gorder.constraints import MAX_STRIPE_API_BASE_LENGTH, STRIPE_API_BASE_PATTERN
from gorder.runtime.deadline import too_late
from gorder.runtime.errors import MissingSettingError
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

    Raises:
        MissingSettingError: the API key would be sent to another address than loopback without
            TLS.
    """
    _require_tls(api_base)
    return stripe.StripeClient(
        api_key,
        base_addresses={"api": api_base},
        max_network_retries=STRIPE.attempts - 1,
        http_client=_HttpClient(timeout=(STRIPE.connect_seconds, STRIPE.answer_seconds)),
    )


def _require_tls(api_base: str) -> None:
    # The local cloud is on another host for a function in a container.
    local = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or "localhost"
    address = api_base.replace(f"http://{local}", "http://localhost", 1)
    if len(api_base) <= MAX_STRIPE_API_BASE_LENGTH and re.fullmatch(
        STRIPE_API_BASE_PATTERN, address
    ):
        return
    raise MissingSettingError(
        "STRIPE_API_BASE must be https://host or https://host:port, because the API key is sent "
        "there; http is for localhost, 127.0.0.1 and the local cloud"
    )
