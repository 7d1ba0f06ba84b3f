"""The keys of a virtual Redis and the commands that the queue uses. Any other command fails.

`tests/contract/test_virtual_redis.py` compares the replies and keys with those of a real server.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from lupa.lua51 import LuaRuntime
from redis.exceptions import ResponseError

EPOCH: Final = 1_800_000_000

type Value = bytes | deque[bytes] | set[bytes] | dict[bytes, float]


class RedisKeys:
    """Executes commands at the time of a clock, as a Redis server would."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._values: dict[bytes, Value] = {}
        self._ends: dict[bytes, float] = {}
        self._scripts: dict[bytes, Any] = {}
        self.pushed: list[bytes] = []
        """The lists that have grown. The server takes them out."""
        self._lua = LuaRuntime(encoding=None, register_eval=False)
        self._redis = self._lua.table_from({b"call": self._called})
        self._commands: dict[bytes, Callable[..., Any]] = {
            name.removeprefix("_do_").upper().encode(): getattr(self, name)
            for name in dir(self)
            if name.startswith("_do_")
        }

    def execute(self, name: bytes, *arguments: bytes) -> Any:
        """Execute a command and return its reply.

        Raises:
            ResponseError: the command is unknown, or its arguments have another form.
        """
        command = self._commands.get(name)
        if command is None:
            raise ResponseError(f"the virtual Redis does not know {name.decode()}")
        return command(*arguments)

    def flush(self) -> None:
        """Delete all keys."""
        self._values.clear()
        self._ends.clear()

    def dump(self) -> dict[bytes, tuple[object, bool]]:
        """Return the value of each key, and whether it expires."""
        return {
            key: (list(value) if isinstance(value, deque) else value, key in self._ends)
            for key in list(self._values)
            if (value := self._get(key)) is not None
        }

    def _do_eval(self, script: bytes, count: bytes, *arguments: bytes) -> Any:
        run = self._scripts.get(script)
        if run is None:
            text = b"return function(KEYS, ARGV, redis) " + script + b"\nend"
            run = self._scripts[script] = self._lua.execute(text)
        keys = int(count)
        table = self._lua.table_from
        reply = run(table(arguments[:keys]), table(arguments[keys:]), self._redis)
        if reply is None or reply is False:
            return None
        return int(reply) if isinstance(reply, int | float) else reply

    def _called(self, name: bytes, *arguments: bytes | float) -> Any:
        """Execute a command of a script: nil is false in Lua, and a list is a table."""
        reply = self.execute(name.upper(), *map(_to_bytes, arguments))
        if isinstance(reply, list):
            return self._lua.table_from(reply)
        return False if reply is None else reply

    def _do_time(self) -> list[bytes]:
        seconds, fraction = divmod(self._now(), 1)
        return [b"%d" % (EPOCH + seconds), b"%d" % (fraction * 1_000_000)]

    def _do_del(self, *keys: bytes) -> int:
        found = {key for key in keys if self._get(key) is not None}
        for key in found:
            self._drop(key)
        return len(found)

    def _do_set(self, key: bytes, value: bytes, option: bytes, milliseconds: bytes) -> bytes:
        if option != b"PX":
            raise ResponseError("the virtual Redis knows PX only")
        self._values[key] = value
        self._do_pexpire(key, milliseconds)
        return b"OK"

    def _do_get(self, key: bytes) -> bytes | None:
        kept = self._get(key)
        if not isinstance(kept, bytes | None):
            raise ResponseError("WRONGTYPE")
        return kept

    def _do_exists(self, key: bytes) -> int:
        return int(self._get(key) is not None)

    def _do_pexpire(self, key: bytes, milliseconds: bytes) -> int:
        if self._get(key) is None:
            return 0
        self._ends[key] = self._now() + int(milliseconds) / 1000
        return 1

    def _do_rpush(self, key: bytes, *items: bytes) -> int:
        kept = self._list(key, create=True)
        kept.extend(items)
        self.pushed.append(key)
        return len(kept)

    def _do_lpush(self, key: bytes, *items: bytes) -> int:
        kept = self._list(key, create=True)
        kept.extendleft(items)
        self.pushed.append(key)
        return len(kept)

    def _do_lpop(self, key: bytes) -> bytes | None:
        kept = self._list(key)
        first = kept.popleft() if kept else None
        if not kept:
            self._drop(key)
        return first

    def _do_lindex(self, key: bytes, index: bytes) -> bytes | None:
        kept, at = self._list(key), int(index)
        return kept[at] if -len(kept) <= at < len(kept) else None

    def _do_lrange(self, key: bytes, start: bytes, stop: bytes) -> list[bytes]:
        return _between(list(self._list(key)), start, stop)

    def _do_ltrim(self, key: bytes, start: bytes, stop: bytes) -> bytes:
        kept = _between(list(self._list(key)), start, stop)
        if kept:
            self._values[key] = deque(kept)
        else:
            self._drop(key)
        return b"OK"

    def _do_lrem(self, key: bytes, count: bytes, item: bytes) -> int:
        if int(count) != 1:
            raise ResponseError("the virtual Redis removes one item")
        kept = self._list(key)
        if item not in kept:
            return 0
        kept.remove(item)
        if not kept:
            self._drop(key)
        return 1

    def _do_lpos(self, key: bytes, item: bytes) -> int | None:
        kept = self._list(key)
        return kept.index(item) if item in kept else None

    def _do_sadd(self, key: bytes, *members: bytes) -> int:
        kept = self._get(key)
        if kept is None:
            kept = self._values[key] = set()
        if not isinstance(kept, set):
            raise ResponseError("WRONGTYPE")
        before = len(kept)
        kept.update(members)
        return len(kept) - before

    def _do_sismember(self, key: bytes, member: bytes) -> int:
        kept = self._get(key)
        return int(isinstance(kept, set) and member in kept)

    def _do_zadd(self, key: bytes, score: bytes, member: bytes) -> int:
        scores = self._scores(key, create=True)
        added = member not in scores
        scores[member] = float(score)
        return int(added)

    def _do_zrem(self, key: bytes, member: bytes) -> int:
        scores = self._scores(key)
        found = scores.pop(member, None) is not None
        if not scores:
            self._drop(key)
        return int(found)

    def _do_zrange(self, key: bytes, start: bytes, stop: bytes, *option: bytes) -> list[bytes]:
        scores = self._scores(key)
        found = _between(sorted(scores, key=lambda m: (scores[m], m)), start, stop)
        if not option:
            return found
        if option != (b"WITHSCORES",):
            raise ResponseError("the virtual Redis knows WITHSCORES only")
        return [part for member in found for part in (member, _to_bytes(scores[member]))]

    def _do_zremrangebyscore(self, key: bytes, low: bytes, high: bytes) -> int:
        scores = self._scores(key)
        gone = [m for m, score in scores.items() if float(low) <= score <= float(high)]
        for member in gone:
            self._do_zrem(key, member)
        return len(gone)

    def _list(self, key: bytes, *, create: bool = False) -> deque[bytes]:
        kept = self._get(key)
        if kept is None:
            kept = deque()
            if create:
                self._values[key] = kept
        if not isinstance(kept, deque):
            raise ResponseError("WRONGTYPE")
        return kept

    def _scores(self, key: bytes, *, create: bool = False) -> dict[bytes, float]:
        kept = self._get(key)
        if kept is None:
            kept = {}
            if create:
                self._values[key] = kept
        if not isinstance(kept, dict):
            raise ResponseError("WRONGTYPE")
        return kept

    def _get(self, key: bytes) -> Value | None:
        if self._ends.get(key, self._now() + 1) <= self._now():
            self._drop(key)
        return self._values.get(key)

    def _drop(self, key: bytes) -> None:
        self._values.pop(key, None)
        self._ends.pop(key, None)


def _between(items: list[bytes], start: bytes, stop: bytes) -> list[bytes]:
    """Return the items from an index to another, both included, negative ones from the end."""
    first, last = (int(i) + len(items) if int(i) < 0 else int(i) for i in (start, stop))
    return items[max(first, 0) : last + 1]


def _to_bytes(argument: bytes | float) -> bytes:
    """Write a number as Lua and Redis do."""
    return argument if isinstance(argument, bytes) else b"%.17g" % argument
