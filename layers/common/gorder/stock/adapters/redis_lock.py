"""Locks products in Redis or Valkey: an owner's token, a time to live, all keys or none."""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from gorder.contracts.telemetry import Telemetry
from gorder.stock.ports import LockTimeoutError

# Safe to send again if its reply was lost: a key with the owner's own token counts as free.
_ACQUIRE: Final = """
for _, owner in ipairs(redis.call('MGET', unpack(KEYS))) do
  if owner and owner ~= ARGV[1] then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
return 1
"""
_RELEASE: Final = """
local released = 0
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then released = released + redis.call('DEL', key) end
end
return released
"""
_FIRST_PAUSE_SECONDS: Final = 0.003
_LONGEST_PAUSE_SECONDS: Final = 0.02
_UNAVAILABLE_SECONDS: Final = 5.0


class RedisStockLock:
    """Implements `StockLock`: one round trip locks any number of products, one unlocks them.

    If Redis fails, the block runs unlocked, and the lock does not try Redis again for 5 seconds.
    """

    def __init__(
        self,
        connect: Callable[[], Redis],
        telemetry: Telemetry,
        *,
        ttl_seconds: float = 2.0,
        budget_seconds: float = 5.0,
    ) -> None:
        """Initialize the lock without connecting. It reconnects when the password has changed.

        Args:
            connect: makes a client with short timeouts and the current credentials.
            telemetry: counts locks that could not be acquired, kept or released.
            ttl_seconds: after this time a lock expires, in case its owner has died.
            budget_seconds: how long to wait. Longer than the time to live, so that a lock of a dead
                owner causes a wait and not a failure.
        """
        self._connect = connect
        self._redis: Redis | None = None
        self._telemetry = telemetry
        self._ttl_seconds = ttl_seconds
        self._budget_seconds = budget_seconds
        self._unavailable_until = 0.0

    @contextmanager
    def held(self, product_ids: Iterable[str]) -> Iterator[None]:
        """Lock all the products for the block. Errors of the block pass unchanged.

        Raises:
            LockTimeoutError: other requests held one of them until the time budget was spent.
        """
        # A script needs all its keys on one node of a cluster: the tag in braces keeps them there.
        keys = [f"gorder:{{stock}}:lock:{product_id}" for product_id in sorted(set(product_ids))]
        token = secrets.token_hex(16)
        locked = self._lock(keys, token)
        try:
            yield
        finally:
            if locked:
                self._unlock(keys, token)

    def close(self) -> None:
        """Close the client. The next call makes a new one."""
        redis, self._redis = self._redis, None
        if redis is not None:
            redis.close()

    def _lock(self, keys: Sequence[str], token: str) -> bool:
        """Return True if the lock was acquired, False if Redis is unavailable."""
        started = time.monotonic()
        deadline = started + self._budget_seconds
        pause = _FIRST_PAUSE_SECONDS
        while time.monotonic() >= self._unavailable_until:
            try:
                if self._run(_ACQUIRE, keys, [token, int(self._ttl_seconds * 1000)]):
                    waited = timedelta(seconds=time.monotonic() - started)
                    self._telemetry.timing("StockLockWait", waited)
                    return True
            except RedisError as error:
                self._unavailable_until = time.monotonic() + _UNAVAILABLE_SECONDS
                self._telemetry.warning("stock.lock_unavailable", error=str(error))
                break
            if time.monotonic() + pause > deadline:
                raise LockTimeoutError(
                    f"other requests held the stock lock for {self._budget_seconds} s; "
                    "repeat the request"
                )
            # Jitter: waiting requests should not all try at the same moment.
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - not a secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        self._telemetry.count("StockLockUnavailable")
        return False

    def _unlock(self, keys: Sequence[str], token: str) -> None:
        """Release the keys that still have the owner's token. Raises nothing."""
        try:
            released = self._run(_RELEASE, keys, [token])
        except RedisError as error:
            self._telemetry.count("StockUnlockFailed")
            self._telemetry.warning("stock.unlock_failed", error=str(error))
            return
        if released != len(keys):
            self._telemetry.count("StockLockLost")
            self._telemetry.warning(
                "stock.lock_lost", lost=len(keys) - released, ttl_seconds=self._ttl_seconds
            )

    def _run(self, script: str, keys: Sequence[str], arguments: list[str | int]) -> int:
        """Run a script. If the server refuses the password, reconnect with the current one once."""
        try:
            reply = self._connected().register_script(script)(keys, arguments)
        except AuthenticationError:
            self.close()
            reply = self._connected().register_script(script)(keys, arguments)
        return int(reply)

    def _connected(self) -> Redis:
        if self._redis is None:
            self._redis = self._connect()
        return self._redis
