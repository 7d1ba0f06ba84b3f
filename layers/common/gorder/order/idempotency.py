"""Idempotency keys. The order id is derived from customer and key, so no key is stored."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gorder.errors import BusinessError

_ORDER_IDS: Final = 10  # each id that is used up costs the next request a call
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class InvalidIdempotencyKey(BusinessError):
    """The Idempotency-Key is empty, too long or not visible ASCII."""

    status = 400
    code = "invalid_idempotency_key"

    def __init__(self) -> None:
        super().__init__("Idempotency-Key: must be 1 to 255 visible ASCII characters.")


class IdempotencyKeyReused(BusinessError):
    """The key was used for another order, or ten times for orders that were not placed."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key: was used for another order. Use a new key for a new order."
        )


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one order. Every retry of the request has the same key.

    Raises:
        InvalidIdempotencyKey: not 1-255 characters of visible ASCII.
    """

    text: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.text):
            raise InvalidIdempotencyKey

    def order_ids(self, customer_id: str) -> Iterator[str]:
        """Return ten ids to try in turn.

        An id is used up if its hold was released before its order was saved.
        """
        for n in range(1, _ORDER_IDS + 1):
            name = f"idempotency\n{customer_id}\n{self.text}\n{n}"
            yield hashlib.sha256(name.encode()).hexdigest()[:32]
