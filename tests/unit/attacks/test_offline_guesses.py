"""An order id is seen in a log or in Stripe. Its key cannot be found from it without the server."""

import hashlib
import hmac

from gorder.order.idempotency import IdempotencyKey
from tests.attempts import Attempts
from tests.fakes.keys import ORDER_IDS

CUSTOMER = "ann"
KEY = IdempotencyKey(f"{'0' * 21}-000742", "s" * 43)
KEYS_TRIED = 1000


def hashes(key: str, secret: str) -> set[str]:
    """What an attacker can compute: every hash and HMAC without the server's key."""
    found = set()
    for separator in ("\n", "", ":", "\0", "."):
        for parts in ((CUSTOMER, key), (CUSTOMER, key, "1"), (CUSTOMER, key, secret, "1")):
            for prefix in ((), ("idempotency",)):
                text = separator.join((*prefix, *parts)).encode()
                found.add(hashlib.sha256(text).hexdigest())
                found.update(
                    hmac.digest(guess.encode(), text, hashlib.sha256).hex()
                    for guess in ("", key, secret, CUSTOMER, "0" * 64)
                )
    return {digest[:32] for digest in found}


def test_a_key_is_not_found_from_an_order_id(attempts: Attempts) -> None:
    ids = set(ORDER_IDS.derive(CUSTOMER, KEY))

    for number in range(KEYS_TRIED):
        key = f"{'0' * 21}-{number:06}"
        attempts.expect(not ids & hashes(key, KEY.secret), key)
