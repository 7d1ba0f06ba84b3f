"""Idempotency keys: a repeated request gets the first response, byte for byte."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NamedTuple

from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError

RETENTION_SECONDS = 24 * 60 * 60


class StoredResponse(NamedTuple):
    """The response that a key replays."""

    status: int
    body: str


class IdempotencyKeys:
    """The keys of one account. A fingerprint identifies the request that first used a key."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._in_use: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Hold a key while its request is executed.

        Raises:
            ApiError: idempotency_key_in_use, 409. The client may retry.
        """
        with self._lock:
            if key in self._in_use:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotent Key "
                    f"({key}). Try again later.",
                    status=HTTPStatus.CONFLICT,
                    type_="idempotency_error",
                    code="idempotency_key_in_use",
                    stored=False,
                )
            self._in_use.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_use.remove(key)

    def find(self, key: str, fingerprint: str) -> StoredResponse | None:
        """Return the response to replay if the key was used in the last 24 hours.

        Raises:
            ApiError: idempotency_error: the key was used with another request.
        """
        rows = self._account.store.execute(
            "SELECT fingerprint, status, body FROM idempotency WHERE key = ? AND created > ?",
            *(key, self._account.clock.time() - RETENTION_SECONDS),
        )
        if not rows:
            return None
        if rows[0]["fingerprint"] != fingerprint:
            raise ApiError(
                "Keys for idempotent requests can only be used with the same parameters and "
                f"endpoint they were first used with. Try using a key other than '{key}' if you "
                "meant to execute a different request.",
                type_="idempotency_error",
                stored=False,
            )
        return StoredResponse(rows[0]["status"], rows[0]["body"])

    def save(self, key: str, fingerprint: str, response: StoredResponse) -> None:
        """Store a response, in the transaction of the request's own changes."""
        self._account.store.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)",
            *(key, fingerprint, response.status, response.body, self._account.clock.time()),
        )
