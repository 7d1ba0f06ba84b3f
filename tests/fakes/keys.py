"""The server's keys, and idempotency keys of clients."""

from gorder.order.access_token import AccessTokens
from gorder.order.client_ids import ClientHashes
from gorder.order.idempotency import IdempotencyKey, OrderIds

TOKENS = AccessTokens("0" * 64)
ORDER_IDS = OrderIds("1" * 64)
CLIENTS = ClientHashes("1" * 64)
SECRET = "a-secret-that-only-the-client-knows-0123456789"


def idempotency_key(name: str = "click-1", secret: str = SECRET) -> IdempotencyKey:
    """Return a valid key for each name of letters, digits, `_` and `-`."""
    return IdempotencyKey(f"{name}-{'0' * 21}", secret)
