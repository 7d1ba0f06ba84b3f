"""Locks on products in Redis or Valkey: an owner's token, a time to live, all keys or none."""

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

# Safe to send again when its answer was lost: the owner's own key does not stand in its way.
_TAKE: Final = """
for _, owner in ipairs(redis.call('MGET', unpack(KEYS))) do
  if owner and owner ~= ARGV[1] then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
return 1
"""
_FREE: Final = """
local freed = 0
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then freed = freed + redis.call('DEL', key) end
end
return freed
"""
_FIRST_PAUSE_SECONDS: Final = 0.003
_LONGEST_PAUSE_SECONDS: Final = 0.02
_REST_SECONDS: Final = 5.0


class RedisStockLock:
    """A `StockLock`: one round trip to lock any number of products, one to unlock them.

    Without Redis the work goes on unlocked, and for some seconds Redis is not asked again.
    """

    def __init__(
        self,
        connect: Callable[[], Redis],
        telemetry: Telemetry,
        *,
        ttl_seconds: float = 2.0,
        budget_seconds: float = 5.0,
    ) -> None:
        """Connect when first needed, and anew when the password has changed.

        Args:
            connect: gives a client with short timeouts and the credentials of the moment.
            telemetry: told of every lock that could not be taken, kept or freed.
            ttl_seconds: after this long a lock frees itself, should its owner have died.
            budget_seconds: how long to wait; longer than the time to live, so that a dead owner
                costs a wait and not a failure.
        """
        self._connect = connect
        self._redis: Redis | None = None
        self._telemetry = telemetry
        self._ttl_seconds = ttl_seconds
        self._budget_seconds = budget_seconds
        self._resting_until = 0.0

    @contextmanager
    def held(self, product_ids: Iterable[str]) -> Iterator[None]:
        """Hold all the products for the block; whatever the block raises passes unchanged.

        Raises:
            LockTimeoutError: others held one of them until the budget was spent.
        """
        # The tag in braces keeps all keys on one node of a cluster, as a script demands.
        keys = [f"gorder:{{stock}}:lock:{product_id}" for product_id in sorted(set(product_ids))]
        token = secrets.token_hex(16)
        locked = self._lock(keys, token)
        try:
            yield
        finally:
            if locked:
                self._unlock(keys, token)

    def close(self) -> None:
        """Let go of the client; the next call makes a new one."""
        redis, self._redis = self._redis, None
        if redis is not None:
            redis.close()

    def _lock(self, keys: Sequence[str], token: str) -> bool:
        """Whether there is a lock now; False when Redis cannot be asked."""
        asked = time.monotonic()
        deadline = asked + self._budget_seconds
        pause = _FIRST_PAUSE_SECONDS
        while time.monotonic() >= self._resting_until:
            try:
                if self._run(_TAKE, keys, [token, int(self._ttl_seconds * 1000)]):
                    waited = timedelta(seconds=time.monotonic() - asked)
                    self._telemetry.timing("StockLockWait", waited)
                    return True
            except RedisError as error:
                self._resting_until = time.monotonic() + _REST_SECONDS
                self._telemetry.warning("stock.lock_unavailable", error=str(error))
                break
            if time.monotonic() + pause > deadline:
                raise LockTimeoutError(
                    f"others held the stock lock for {self._budget_seconds} s; repeat the request"
                )
            # Jitter, so that those who wait do not all ask at the same moment.
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - not a secret
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        self._telemetry.count("StockLockUnavailable")
        return False

    def _unlock(self, keys: Sequence[str], token: str) -> None:
        """Free what is still ours. Never raises: what the block did stands, its error too."""
        try:
            freed = self._run(_FREE, keys, [token])
        except RedisError as error:
            self._telemetry.count("StockUnlockFailed")
            self._telemetry.warning("stock.unlock_failed", error=str(error))
            return
        if freed != len(keys):
            self._telemetry.count("StockLockLost")
            self._telemetry.warning(
                "stock.lock_lost", lost=len(keys) - freed, ttl_seconds=self._ttl_seconds
            )

    def _run(self, script: str, keys: Sequence[str], arguments: list[str | int]) -> int:
        """Run a script; if the server refused the password, once more with the one of now."""
        try:
            answer = self._connected().register_script(script)(keys, arguments)
        except AuthenticationError:
            self.close()
            answer = self._connected().register_script(script)(keys, arguments)
        return int(answer)

    def _connected(self) -> Redis:
        if self._redis is None:
            self._redis = self._connect()
        return self._redis
