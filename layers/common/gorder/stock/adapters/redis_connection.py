"""Sends commands to Redis over one connection that is kept."""

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MasterDownError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gorder.errors import TransientError

if TYPE_CHECKING:
    from redis.connection import AbstractConnection

type Command = tuple[str | int | float, ...]

# A server that answers READONLY or MASTERDOWN has become a replica, and the name in the URL is that
# of the primary. LOADING is a ConnectionError too.
_LOST: Final = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, MasterDownError)
_SKIP: Final[Command] = ("CLIENT", "REPLY", "SKIP")


class RedisConnection:
    """A connection of a client. Taking one from the pool for each command costs half of its time.

    Not thread-safe: an execution environment has one and keeps it.
    """

    def __init__(self, connect: Callable[[], Redis], *, idle_seconds: float = math.inf) -> None:
        """Initialize without connecting.

        Args:
            connect: makes a client with short timeouts and the current credentials.
            idle_seconds: a connection that was not used for longer is replaced.
        """
        self._connect = connect
        self._idle_seconds = idle_seconds
        self._used_at = 0.0
        self._client: Redis | None = None
        self._connection: AbstractConnection | None = None

    def send(self, *commands: Command) -> list[Any]:
        """Send the commands in one round trip and return their replies.

        If the connection is lost, its server was demoted or the password is refused, everything is
        sent once more over a new connection: each command must be safe to repeat.

        Raises:
            RedisError: a command was refused, or the server or its password cannot be reached.
        """
        return self._send_again_if_lost(commands, len(commands))

    def send_quietly(self, *commands: Command) -> list[Any]:
        """Send the commands, but let the server reply to the last one only. Return that reply.

        An early reply would only wake the process. Errors of the other commands are not seen.
        Otherwise like `send`.
        """
        *others, last = commands
        quiet = [each for command in others for each in (_SKIP, command)]
        return self._send_again_if_lost([*quiet, last], 1)

    def close(self) -> None:
        """Close the connection. The next command opens a new one."""
        client, self._client, self._connection = self._client, None, None
        if client is not None:
            client.close()

    def _make_client(self) -> Redis:
        try:
            return self._connect()
        except TransientError as error:
            raise RedisError(str(error)) from error

    def _send_again_if_lost(self, commands: Sequence[Command], replies: int) -> list[Any]:
        try:
            return self._send(commands, replies)
        except _LOST:
            return self._send(commands, replies)

    def _send(self, commands: Sequence[Command], replies: int) -> list[Any]:
        now = time.monotonic()
        if now - self._used_at > self._idle_seconds:
            self.close()
        self._used_at = now
        try:
            if self._client is None or self._connection is None:
                self._client = self._make_client()
                self._connection = self._client.connection_pool.get_connection()
            packed = self._connection.pack_commands(commands)  # type: ignore[no-untyped-call]  # redis-py's
            self._connection.send_packed_command(packed)  # type: ignore[no-untyped-call]  # redis-py's
            return [self._connection.read_response() for _ in range(replies)]
        except RedisError:
            self.close()  # replies may be outstanding, and the server may have changed
            raise
