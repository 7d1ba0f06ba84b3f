"""Which keys and secrets are valid, and the order ids that they name."""

import pytest

from gorder.order.idempotency import (
    IdempotencyKey,
    InvalidIdempotencyKey,
    InvalidIdempotencySecret,
    OrderIds,
)
from tests.fakes.keys import ORDER_IDS, SECRET, idempotency_key

KEYS = ["k" * 21, "k" * 128, "5f0c7a34-7d6c-4b1c-9d0c-2f6c9a4be1f2", "01JDPX3V6ZK5W8R2M4N7Q9T1YB"]


NOT_KEYS = ["", "1", "order-1", "k" * 20, "k" * 129, "k" * 30 + " ", "k" * 30 + "\n", "é" * 30]


@pytest.mark.parametrize("text", KEYS)
def test_a_valid_key_has_distinct_and_stable_order_ids(text: str) -> None:
    key = IdempotencyKey(text, SECRET)
    ids = ORDER_IDS.derive("ann", key)

    first, second = next(ids), next(ids)
    assert first == next(ORDER_IDS.derive("ann", key))
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize("text", [*NOT_KEYS, "٣" * 30, "\ud800" * 30, "a b" * 10])
def test_an_invalid_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdempotencyKey, match=r"^Idempotency-Key: must match"):
        IdempotencyKey(text, SECRET)


@pytest.mark.parametrize("secret", ["", "s" * 42, "s" * 129, "s" * 50 + "\n", "é" * 50, KEYS[1]])
def test_an_invalid_secret_is_refused(secret: str) -> None:
    with pytest.raises(InvalidIdempotencySecret, match=r"^Idempotency-Secret: must match"):
        IdempotencyKey(KEYS[1], secret)


def test_key_and_secret_are_sent_together_or_not_at_all() -> None:
    assert IdempotencyKey.sent(None, None) is None
    assert IdempotencyKey.sent(KEYS[0], SECRET) == IdempotencyKey(KEYS[0], SECRET)
    with pytest.raises(InvalidIdempotencySecret):
        IdempotencyKey.sent(KEYS[0], None)
    with pytest.raises(InvalidIdempotencyKey):
        IdempotencyKey.sent(None, SECRET)


def test_no_two_of_customer_key_secret_and_server_key_can_be_exchanged() -> None:
    a, b = "a" * 43, "b" * 43
    ids = {
        next(OrderIds(server).derive(customer, IdempotencyKey(key, secret)))
        for server, customer, key, secret in [
            ("1", "ann", a, b),
            ("2", "ann", a, b),
            ("1", "bob", a, b),
            ("1", "ann", b, a),
            ("1", "ann", a + "b", b),
            ("1", "ann", a, "b" + b),
            ("1", "anna", a[1:], b),
        ]
    }

    assert len(ids) == 7


def test_the_secret_is_not_shown_with_the_key() -> None:
    assert SECRET not in repr(idempotency_key())
