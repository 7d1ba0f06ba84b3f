"""The connections of one buyer. They sleep and count before each packet that starts a round trip.

They are the production clients with another connection class, so every algorithm pays the same
delays and no production code knows of them.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, override
from unittest.mock import patch

from redis import Redis
from redis.connection import Connection as RedisConnection

from benchmarks.hot_item.settings import Setting
from gorder.clients import mysql
from gorder.clients.redis import redis_client

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

COMMIT_SLOWLY = "commit_slowly"
"""The stored procedure that a setting with slow commits has, in place of COMMIT."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Connects to MySQL and Redis with the delays of a setting, and counts the round trips."""

    mysql_url: str
    redis_url: str
    setting: Setting
    round_trips: Counter[str] = field(default_factory=Counter)

    def mysql(self) -> "Connection[Cursor]":
        """Open a connection with the production session: READ COMMITTED, lock waits of 1 s."""
        delayed = partial(_DelayedMysqlConnection, stores=self)
        with patch.object(mysql, "_ConnectionWithDeadline", delayed):
            return mysql.connect_mysql(self.mysql_url)

    def redis(self) -> Redis:
        """Create the production client."""
        client = redis_client(self.redis_url)
        client.connection_pool.connection_class = _DelayedRedisConnection
        client.connection_pool.connection_kwargs["stores"] = self
        return client

    def begin_round_trip(self, store: str) -> None:
        """Count a round trip and sleep for its time."""
        self.round_trips[store] += 1
        if self.setting.round_trip_seconds:
            time.sleep(self.setting.round_trip_seconds)


class _DelayedMysqlConnection(mysql._ConnectionWithDeadline):  # noqa: SLF001 - to delay what production sends
    def __init__(self, *, stores: Stores, **options: Any) -> None:  # noqa: ANN401 - PyMySQL's
        self._stores = stores  # before connecting, which sends statements
        super().__init__(**options)

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        """Send any statement, COMMIT and ROLLBACK included."""
        self._stores.begin_round_trip("mysql")
        super()._execute_command(command, sql)  # type: ignore[misc]  # not in the stubs

    @override
    def commit(self) -> None:
        """Commit in one round trip, slowly if the setting says so."""
        if self._stores.setting.commit_seconds:
            self.query(f"CALL {COMMIT_SLOWLY}()")
        else:
            super().commit()


class _DelayedRedisConnection(RedisConnection):
    def __init__(self, *, stores: Stores, **options: Any) -> None:  # noqa: ANN401 - redis-py's
        self._stores = stores
        super().__init__(**options)  # type: ignore[no-untyped-call]  # redis-py's

    @override
    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Send a command, or a whole pipeline."""
        self._stores.begin_round_trip("redis")
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]  # redis-py's
