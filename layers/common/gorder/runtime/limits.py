"""The timeouts and the number of connections of each client.

The clients are built with these numbers. A test compares them with the timeouts in template.yaml.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The timeouts of one client, in seconds. `attempts` includes the first one.

    `pause_seconds` is the longest time before an attempt: a backoff, or the search for a server.
    """

    connect_seconds: float
    answer_seconds: float
    attempts: int = 1
    pause_seconds: float = 0

    @property
    def worst_seconds(self) -> float:
        """The longest time of a call that gets no answer."""
        return self.attempts * (self.pause_seconds + self.connect_seconds + self.answer_seconds)


# botocore waits at most a second before the second attempt.
SECRETS: Final = Timeouts(1, 2, attempts=2, pause_seconds=1)
SNS: Final = Timeouts(2, 3, attempts=2, pause_seconds=1)
SQS: Final = Timeouts(2, 3, attempts=2, pause_seconds=1)
# Longer than the timeout of the stock function. Not retried, because the caller could time out.
STOCK_FUNCTION: Final = Timeouts(2, 14)
# Two attempts, because a lost connection is replaced once.
MYSQL: Final = Timeouts(2, 3, attempts=2)
# Four, because a command is sent at most twice, and the client connects at most twice each time.
REDIS: Final = Timeouts(0.3, 0.5, attempts=4)
# The pause is the search for the primary. Reads have two attempts, writes one.
MONGO: Final = Timeouts(2, 3.5, attempts=2, pause_seconds=3)
STRIPE: Final = Timeouts(3, 8, attempts=2, pause_seconds=1)

# An execution environment serves one request at a time, so it needs one connection for commands.
MYSQL_CONNECTIONS: Final = 1
REDIS_CONNECTIONS: Final = 1
MONGO_POOL: Final = 1
# To each server of the cluster, because the driver monitors each on a connection of its own.
MONGO_CONNECTIONS: Final = MONGO_POOL + 1
