"""Check a request's access token before anything about its order is read or logged."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.errors import OrderNotFound
from gorder.order.ports import Clock


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """Checks access tokens and counts those that it refuses, because one may be a guess."""

    tokens: AccessTokens
    clock: Clock
    telemetry: Telemetry

    def require(self, scope: Scope, customer_id: str, order_id: str, access_token: str) -> None:
        """Return if the token grants the scope for the order; log lines then have the order id.

        Raises:
            OrderNotFound: it does not. Whether the order exists is not looked up.
        """
        if not self.tokens.opens(access_token, scope, customer_id, order_id, self.clock()):
            self.telemetry.count("TokenRefused")
            raise OrderNotFound
        self.telemetry.bind(order_id)
