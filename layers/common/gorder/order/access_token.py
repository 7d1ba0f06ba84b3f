"""Access tokens: each lets its holder read or cancel one order.

`v1.<scopes>.<expiry, Unix seconds>.<HMAC-SHA256 over scopes, expiry, customer and order>`. Nothing
is stored, so a token is checked without a query. All refusals are the same.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

_VERSION = "v1"
_LIFETIME = timedelta(days=30)
_ANY_TEXT = "surrogatepass"  # a JSON event may carry lone surrogates; they match no token


class Scope(StrEnum):
    """A permission of a token."""

    READ = "read"
    CANCEL = "cancel"


class AccessTokens:
    """Issues tokens with the first key and accepts tokens of any of the keys."""

    def __init__(self, *keys: str) -> None:
        self._keys = tuple(key.encode() for key in keys)

    @property
    def key_id(self) -> str:
        """The id of the key that signs now. It does not reveal the key."""
        return _key_id(self._keys[0])

    def accepts(self, key_id: str) -> bool:
        """Return whether tokens of the key with this id are still accepted."""
        return key_id in {_key_id(key) for key in self._keys}

    def issue(self, scopes: Iterable[Scope], customer_id: str, order_id: str, now: datetime) -> str:
        """Return a token for one order, valid for 30 days."""
        expiry = int((now + _LIFETIME).timestamp())
        granted = f"{'+'.join(scopes)}.{expiry}"
        return f"{_VERSION}.{granted}.{_sign(self._keys[0], granted, customer_id, order_id)}"

    def opens(
        self, token: str, scope: Scope, customer_id: str, order_id: str, now: datetime
    ) -> bool:
        """Return whether the token grants the scope for this order and has not expired."""
        version, _, rest = token.partition(".")
        granted, _, signature = rest.rpartition(".")
        given = signature.encode(errors=_ANY_TEXT)
        signed = False
        for key in self._keys:
            expected = _sign(key, granted, customer_id, order_id).encode()
            signed |= hmac.compare_digest(given, expected)
        if version != _VERSION or not signed:
            return False
        scopes, _, expiry = granted.partition(".")
        return scope in scopes.split("+") and int(expiry) > now.timestamp()


def _key_id(key: bytes) -> str:
    return hmac.digest(key, b"key id", hashlib.sha256).hex()[:16]


def _sign(key: bytes, granted: str, customer_id: str, order_id: str) -> str:
    message = f"{_VERSION}\n{granted}\n{customer_id}\n{order_id}".encode(errors=_ANY_TEXT)
    return urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
