"""The Stripe stand-in."""

import sys
from typing import override

import httpx

from devstack.env import CONTROL_KEY
from devstack.servers.base import Server


class StripeStandIn(Server):
    """The project's own server. It keeps what it has acknowledged in a file."""

    name = "stripe"

    @override
    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--data", str(self.data / "stripe.db")]
        return [sys.executable, "-m", "devstack.stripe_standin", *options]

    @override
    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "STRIPE_API_KEY": self._state.secrets.standin_api_key,
            CONTROL_KEY: self._state.secrets.standin_control_key,
        }

    @override
    def problem(self) -> str | None:
        try:
            httpx.get(
                f"{self._state.url(self.name)}/v1/products?limit=1",
                headers={"Authorization": f"Bearer {self._state.secrets.standin_api_key}"},
                timeout=3,
            ).raise_for_status()
            controls = httpx.get(f"{self._state.url(self.name)}/_test/requests", timeout=3)
        except httpx.HTTPError as error:
            return str(error)
        return None if controls.is_error else "its test controls ask for no key"
