"""Idempotency keys. The order id is derived from customer, key and secret, so none is stored."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self

from gorder.errors import BusinessError

KEY_PATTERN: Final = r"^[A-Za-z0-9_-]{21,128}$"
SECRET_PATTERN: Final = r"^[A-Za-z0-9_-]{43,128}$"  # noqa: S105 - the form of a secret
LIFETIME: Final = timedelta(hours=24)
_ORDER_IDS: Final = 3  # each id that is used up costs the next request two calls


class InvalidIdempotencyKey(BusinessError):
    """The Idempotency-Key does not have its form, or Idempotency-Secret came without it."""

    status = 400
    code = "invalid_idempotency_key"

    def __init__(self) -> None:
        super().__init__(
            f"Idempotency-Key: must match {KEY_PATTERN}, as a random UUID does. "
            "It is required with Idempotency-Secret."
        )


class InvalidIdempotencySecret(BusinessError):
    """The Idempotency-Key came without an Idempotency-Secret, or with one of another form."""

    status = 400
    code = "invalid_idempotency_secret"

    def __init__(self) -> None:
        super().__init__(
            f"Idempotency-Secret: must match {SECRET_PATTERN}, as 32 random bytes in base64url "
            "or hex do, and differ from the Idempotency-Key, with which it is required."
        )


class IdempotencyKeyReused(BusinessError):
    """The key was used for another order, or three times for orders that were not placed."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key: was used for another order, or several times for one that was not "
            "placed. Use a new key for a new order."
        )


class IdempotencyKeyExpired(BusinessError):
    """The key's order was placed more than 24 hours ago, or its access tokens were revoked."""

    status = 422
    code = "idempotency_key_expired"

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key: expires 24 hours after its order was placed, or when the order's "
            "access tokens are revoked. Use a new key for a new order."
        )


KEY_REFUSALS: Final = (
    InvalidIdempotencyKey,
    InvalidIdempotencySecret,
    IdempotencyKeyReused,
    IdempotencyKeyExpired,
)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one order, and the secret that only this client knows.

    Every retry of the request has both. The key may become known: with another secret it names
    another order.

    Raises:
        InvalidIdempotencyKey: the text does not match `KEY_PATTERN`.
        InvalidIdempotencySecret: the secret does not match `SECRET_PATTERN`, or is the key.
    """

    text: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(KEY_PATTERN, self.text):
            raise InvalidIdempotencyKey
        if not re.fullmatch(SECRET_PATTERN, self.secret) or self.secret == self.text:
            raise InvalidIdempotencySecret

    @classmethod
    def sent(cls, key: str | None, secret: str | None) -> Self | None:
        """Return the key that a request's two headers hold, or None if it has neither.

        Raises:
            InvalidIdempotencyKey, InvalidIdempotencySecret: one is missing or invalid.
        """
        if key is None and secret is None:
            return None
        return cls(key or "", secret or "")


class OrderIds:
    """Derives order ids from idempotency keys with a key of the server.

    Neither an order id nor a guess of customer and key reveals anything without that key.
    """

    def __init__(self, hmac_key: str) -> None:
        self._hmac_key = hmac_key.encode()

    def derive(self, customer_id: str, key: IdempotencyKey) -> Iterator[str]:
        """Return three ids to try in turn.

        An id is used up if its hold was released before its order was saved.
        """
        for n in range(1, _ORDER_IDS + 1):
            name = f"{customer_id}\n{key.text}\n{key.secret}\n{n}".encode()
            yield hmac.digest(self._hmac_key, name, hashlib.sha256).hex()[:32]
