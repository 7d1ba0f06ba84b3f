"""Idempotency keys: the order id follows from customer and key, so no key is ever stored."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gorder.errors import BusinessError

_MOST_ORDERS: Final = 10  # each that came to nothing costs the next request a call
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class InvalidIdempotencyKey(BusinessError):
    """An Idempotency-Key that is too long, empty, or not of visible ASCII."""

    status = 400
    code = "invalid_idempotency_key"

    def __init__(self) -> None:
        super().__init__("Idempotency-Key: must be 1 to 255 visible ASCII characters.")


class IdempotencyKeyReused(BusinessError):
    """The customer has used this key for another order, or for too many that came to nothing."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key: was used for another order. Use a new key for a new order."
        )


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What the client calls this one wish, however often it asks.

    Raises:
        InvalidIdempotencyKey: not 1-255 characters of visible ASCII.
    """

    text: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.text):
            raise InvalidIdempotencyKey

    def order_ids(self, customer_id: str) -> Iterator[str]:
        """Ten ids to try in turn: the next one when an id's hold ended before its order began."""
        for n in range(1, _MOST_ORDERS + 1):
            name = f"idempotency\n{customer_id}\n{self.text}\n{n}"
            yield hashlib.sha256(name.encode()).hexdigest()[:32]
