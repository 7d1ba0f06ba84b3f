"""Thousands of forged access tokens, in process."""

import random
import string
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta

from gorder.order.access_token import AccessTokens, Scope
from tests.attempts import Attempts
from tests.fakes.clock import NOON

TOKENS = AccessTokens("0" * 64)
CUSTOMER, ORDER = "ann", "5f0c7a347d6c4b1c9d0c2f6c9a4be1f2"
TOKEN = TOKENS.issue(Scope, CUSTOMER, ORDER, NOON)
READ_ONLY = TOKENS.issue([Scope.READ], CUSTOMER, ORDER, NOON)
EXPIRED = TOKENS.issue(Scope, CUSTOMER, ORDER, NOON - timedelta(days=31))
ALPHABET = string.ascii_letters + string.digits + "-_=+/. \n\0é٣\ud800"
GUESSES = 20_000


def opens(token: str, scope: Scope = Scope.READ, customer: str = CUSTOMER) -> bool:
    return TOKENS.opens(token, scope, customer, ORDER, NOON)


def changed_characters() -> Iterator[str]:
    """Each character of the token replaced by others, removed and doubled."""
    for position, original in enumerate(TOKEN):
        before, after = TOKEN[:position], TOKEN[position + 1 :]
        yield before + after
        yield before + original * 2 + after
        for character in {"A", "b", "0", ".", "_", "\0"} - {original}:
            yield before + character + after


def other_encodings() -> Iterator[str]:
    """The same signature in other encodings, such as another last character of base64."""
    head, _, signature = TOKEN.rpartition(".")
    digest = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    yield from (f"{head}.{signature[:-1]}{last}" for last in set(ALPHABET) - {signature[-1]})
    yield from (f"{head}.{signature}{padding}" for padding in ("=", "==", " ", "\n", "\r\n", "%3D"))
    yield f"{head}.{digest.hex()}"
    yield f"{head}.{urlsafe_b64encode(digest).decode().replace('-', '+').replace('_', '/')}="
    yield f" {TOKEN}"
    yield TOKEN.upper()
    yield "".join(chr(ord(character) + 0xFEE0) for character in TOKEN)  # full width


def moved_parts() -> Iterator[str]:
    """Scopes, expiry and separators that the signature does not cover as they stand."""
    version, scopes, expiry, signature = TOKEN.split(".")
    for text in ("read", "cancel", "cancel+read", "read+cancel+admin", "*", "", "read.cancel"):
        yield f"{version}.{text}.{expiry}.{signature}"
    for text in ("0", "-1", "99999999999", "1e12", "inf", "NaN", "9" * 5000, "٣" * 10, "0x7f", " "):
        yield f"{version}.{scopes}.{text}.{signature}"
    for text in ("", "v0", "v2", "none", "V1", "v1.v1"):
        yield f"{text}.{scopes}.{expiry}.{signature}"
    yield f"{version}.{scopes}.{expiry}."
    yield f"{version}.{scopes}.{expiry}.{'A' * 100_000}"
    yield f"{version}.{scopes}\n{expiry}.{signature}"


def guesses() -> Iterator[str]:
    """Random tokens of the right form. The seed is fixed, so that a failure can be repeated."""
    chance = random.Random(7)  # noqa: S311 - reproducible guesses
    head = TOKEN.rpartition(".")[0]
    for _ in range(GUESSES):
        length = chance.choice((0, 1, 20, 42, 43, 44, 64))
        yield f"{head}.{''.join(chance.choices(ALPHABET, k=length))}"


def test_a_forged_token_opens_nothing(attempts: Attempts) -> None:
    assert opens(TOKEN), "the token that is forged must be good"

    for forged in (*changed_characters(), *other_encodings(), *moved_parts(), *guesses()):
        attempts.expect(not opens(forged), forged)


def test_a_token_opens_only_what_it_was_issued_for(attempts: Attempts) -> None:
    names = ("bob", "", "an", "annn", "ANN", "ann ", "ann\n", f"ann\n{ORDER}", "ann.", "\uff41nn")
    for customer in names:
        attempts.expect(not opens(TOKEN, customer=customer), customer)
    for order in ("", ORDER[:-1], ORDER + "0", ORDER.upper(), f"{ORDER}\n", "0" * 32):
        held = not TOKENS.opens(TOKEN, Scope.READ, CUSTOMER, order, NOON)
        attempts.expect(held, order)
    attempts.expect(not opens(READ_ONLY, Scope.CANCEL), "a token to read cancels")
    attempts.expect(not opens(EXPIRED), "an expired token")
    for key in ("", "0" * 63, "1" * 64, CUSTOMER, ORDER, "\0" * 64):
        forged = AccessTokens(key).issue(Scope, CUSTOMER, ORDER, NOON)
        attempts.expect(not opens(forged), f"signed with {key!r}")
