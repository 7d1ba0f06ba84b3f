"""How long each client may keep a function waiting, and how many connections it may hold.

The one place of these numbers: the clients are built with them, and a test compares them with the
timeouts in template.yaml.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The times of one client, in seconds. `attempts` counts the first one too.

    `pause_seconds` is the longest time before an attempt: backing off, or looking for a server.
    """

    connect_seconds: float
    answer_seconds: float
    attempts: int = 1
    pause_seconds: float = 0

    @property
    def worst_seconds(self) -> float:
        """The longest a call can take when nobody answers."""
        return self.attempts * (self.pause_seconds + self.connect_seconds + self.answer_seconds)


# botocore's own pause before a second attempt is a second at most.
SECRETS: Final = Timeouts(1, 2, attempts=2, pause_seconds=1)
SNS: Final = Timeouts(2, 3, attempts=2, pause_seconds=1)
SQS: Final = Timeouts(2, 3, attempts=2, pause_seconds=1)
# Longer than the stock function may take. Once: who asks again may by then have no time left.
STOCK_FUNCTION: Final = Timeouts(2, 14)
# Two attempts: a connection found lost is replaced once.
MYSQL: Final = Timeouts(2, 3, attempts=2)
# Four: a command is sent twice at most, and each time the client connects twice at most.
REDIS: Final = Timeouts(0.3, 0.5, attempts=4)
# The pause is the search for the primary. Reads are tried twice, writes once.
MONGO: Final = Timeouts(2, 3.5, attempts=2, pause_seconds=3)
STRIPE: Final = Timeouts(3, 8, attempts=2, pause_seconds=1)

# An execution environment serves one request at a time, so it needs one connection for commands.
MYSQL_CONNECTIONS: Final = 1
REDIS_CONNECTIONS: Final = 1
MONGO_POOL: Final = 1
# To each server of the cluster: the driver watches every one on a connection of its own.
MONGO_CONNECTIONS: Final = MONGO_POOL + 1
