"""A Redis server in virtual time, and a client of it below `RedisConnection`."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gorder.runtime.limits import REDIS
from tests.simulation.costs import Costs
from tests.simulation.faults import Fault
from tests.simulation.redis_keys import RedisKeys
from tests.simulation.scheduler import Scheduler, Task

if TYPE_CHECKING:
    from tests.simulation.process import VirtualProcess

type Command = tuple[bytes, ...]
_BLPOP: Final = b"BLPOP"
_CLIENT: Final = b"CLIENT"


class VirtualRedis:
    """Executes commands one at a time, and answers clients that wait in BLPOP."""

    def __init__(self, scheduler: Scheduler, costs: Costs) -> None:
        self.scheduler = scheduler
        self.costs = costs
        self.keys = RedisKeys(lambda: scheduler.now)
        self.down = False
        self.round_trips = 0
        self._free_at = 0.0
        self.blocked: dict[bytes, deque[VirtualConnection]] = {}
        """The connections that wait in BLPOP, by key."""

    def stop(self) -> None:
        """Close all connections of clients, and accept none."""
        self.down = True
        for waiting in self.blocked.values():
            for connection in waiting:
                connection.answer(RedisConnectionError("the server has stopped"))
        self.blocked.clear()

    def start(self, *, empty: bool) -> None:
        """Accept connections again, with or without the keys."""
        self.down = False
        if empty:
            self.keys.flush()

    def receive(self, connection: "VirtualConnection", commands: Sequence[Command]) -> None:
        """Execute the commands of a connection when the server has time."""
        if self.down:
            connection.answer(RedisConnectionError("the server is down"))
            return
        now = self.scheduler.now
        work = sum(
            self.costs.redis_command + self.costs.redis_argument * len(arguments)
            for name, *arguments in commands
            if name != _CLIENT
        )
        self._free_at = max(now, self._free_at) + work
        self.scheduler.after(self._free_at - now, lambda: self._execute(connection, commands))

    def disconnect(self, connection: "VirtualConnection") -> None:
        """Stop waiting for a connection that is closed."""
        waiting = self.blocked.get(connection.blocked_on, ())
        if connection in waiting:
            self.blocked[connection.blocked_on].remove(connection)

    def _execute(self, connection: "VirtualConnection", commands: Sequence[Command]) -> None:
        if self.down:
            connection.answer(RedisConnectionError("the server has stopped"))
            return
        skips = False
        for name, *arguments in commands:
            if name == _CLIENT:
                skips = True  # CLIENT REPLY SKIP
            elif skips:
                self.keys.execute(name, *arguments)
                skips = False
            elif name != _BLPOP:
                connection.answer(self.keys.execute(name, *arguments))
            elif (item := self.keys.execute(b"LPOP", arguments[0])) is not None:
                connection.answer([arguments[0], item])
            else:
                self._block(connection, arguments[0], float(arguments[1]))
        self._serve_blocked()

    def _block(self, connection: "VirtualConnection", key: bytes, seconds: float) -> None:
        connection.blocked_on = key
        waiting = self.blocked.setdefault(key, deque())
        waiting.append(connection)

        def end() -> None:
            if connection in waiting:
                waiting.remove(connection)
                connection.answer(None)
            if not waiting:
                self.blocked.pop(key, None)

        self.scheduler.after(seconds, end)

    def _serve_blocked(self) -> None:
        while self.keys.pushed:
            key = self.keys.pushed.pop(0)
            waiting = self.blocked.get(key, deque())
            while waiting and (item := self.keys.execute(b"LPOP", key)) is not None:
                waiting.popleft().answer([key, item])


class VirtualConnection:
    """A connection of one process: sends commands, and receives replies after a round trip."""

    def __init__(self, process: "VirtualProcess", redis: VirtualRedis) -> None:
        self.process = process
        self._redis = redis
        self._sent: deque[Any] = deque()
        self._replies: deque[Any] = deque()
        self._waiting: deque[Task] = deque()
        self.blocked_on = b""
        self._closed = False
        self._lose_replies = False
        self._delay = 0.0

    def pack_commands(self, commands: Sequence[tuple[str | float, ...]]) -> list[Command]:
        return [tuple(_encode(argument) for argument in command) for command in commands]

    def send_packed_command(self, commands: list[Command]) -> None:
        self._redis.round_trips += 1
        process = self.process
        process.before_redis(commands)
        if process.suffers(Fault.REDIS_REQUEST_LOST):
            return
        self._lose_replies = process.suffers(Fault.REDIS_REPLY_LOST)
        if process.suffers(Fault.REDIS_REPLY_LATE):
            self._delay = 1.5 * REDIS.answer_seconds  # for all replies, so that none overtakes
        process.travel(lambda: self._redis.receive(self, commands))

    def read_response(self) -> Any:
        scheduler = self._redis.scheduler
        if not self._replies and not scheduler.wait(self._waiting, REDIS.answer_seconds):
            raise RedisTimeoutError("no reply in time")
        reply = self._replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply

    def answer(self, reply: object) -> None:
        """Send a reply to the client. It is lost if the client has closed the connection."""
        if not self._lose_replies:
            self._sent.append(reply)
            if self._delay:
                self._redis.scheduler.after(self._delay, self._send_one)
            else:
                self._send_one()

    def close(self) -> None:
        """Close the connection. The server learns it later."""
        self._closed = True
        self.process.travel(lambda: self._redis.disconnect(self))

    def _send_one(self) -> None:
        self.process.travel(self._arrive)

    def _arrive(self) -> None:
        reply = self._sent.popleft()  # replies do not overtake each other
        if not self._closed:
            self._replies.append(reply)
            self._redis.scheduler.wake(self._waiting)


class VirtualRedisClient:
    """What `RedisConnection` uses of a client: its pool gives a connection."""

    def __init__(self, process: "VirtualProcess", redis: VirtualRedis) -> None:
        self.connection_pool = self
        self._process = process
        self._redis = redis
        self._connection: VirtualConnection | None = None

    def get_connection(self) -> VirtualConnection:
        """Connect, which takes a round trip."""
        self._redis.scheduler.sleep(self._redis.costs.round_trip)
        if self._redis.down:
            raise RedisConnectionError("the server refuses connections")
        self._connection = VirtualConnection(self._process, self._redis)
        self._process.connections.append(self._connection)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._process.connections.remove(self._connection)


def _encode(argument: str | float) -> bytes:
    return argument.encode() if isinstance(argument, str) else str(argument).encode()
