"""The timeouts and the number of connections of each client.

The clients are built with these numbers. `tests/unit/test_timeouts.py` compares them with the
timeouts in template.yaml, by these rules:

- The sequence of calls that a function makes fits into the function's timeout, even if each call is
  answered as late as its client allows: after `connect_seconds` and `answer_seconds`, and after
  `answer_seconds` on a connection that is open already. The deadline refuses none of these calls.
- A function behind API Gateway ends before API Gateway times out. The stock function ends before
  its callers time out, so a repeated call never runs at the same time as the first one.
- What may be added to the sequence (second attempts, lost races, the sweep's work) is bounded by
  the invocation's deadline: a call that may end after it is not sent (`runtime/deadline.py`). The
  next request, the returned message or the sweep then finishes the work. Redis is the exception: a
  request leaves its queue, and a leader answers its batch, after the deadline too.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The timeouts of one client, in seconds.

    Attributes:
        attempts: how often a call is sent at most, including the first time.
        search_seconds: the longest search for a server before each attempt.
        backoff_seconds: the longest pause between two attempts.
    """

    connect_seconds: float
    answer_seconds: float
    attempts: int = 1
    search_seconds: float = 0
    backoff_seconds: float = 0

    @property
    def attempt_seconds(self) -> float:
        """The longest time of one attempt, without the search for a server."""
        return self.connect_seconds + self.answer_seconds


# botocore waits at most a second before the second attempt.
SECRETS: Final = Timeouts(1, 1.5, attempts=2, backoff_seconds=1)
SNS: Final = Timeouts(1, 2, attempts=2, backoff_seconds=1)
SQS: Final = Timeouts(1, 2, attempts=2, backoff_seconds=1)
# A receive waits for messages for a second.
DEAD_LETTERS: Final = Timeouts(1, 4, attempts=2, backoff_seconds=1)
# A file of the pages, or a list of a thousand.
S3: Final = Timeouts(2, 10, attempts=3, backoff_seconds=2)
# A page of a search.
LOGS: Final = Timeouts(1, 9, attempts=2, backoff_seconds=1)
# Longer than the timeout of the stock function and its cold start. Not retried, because the caller
# could time out.
STOCK_FUNCTION: Final = Timeouts(1, 13.5)
# Two attempts, because a lost connection is replaced once.
MYSQL: Final = Timeouts(2, 3, attempts=2)
# The audit reads thousands of movements in a statement, which may not be in the server's memory.
MYSQL_AUDIT: Final = Timeouts(2, 10, attempts=2)
# A new index on a large table can take minutes. The run has time for one such statement and for
# recording it; the next run continues.
MYSQL_MIGRATION: Final = Timeouts(2, 400)
# Four, because a command is sent at most twice, and the client connects at most twice each time.
REDIS: Final = Timeouts(0.3, 0.5, attempts=4)
# The search is for the primary. A command whose answer was lost is sent again: the driver repeats
# reads, and `MongoOrders` repeats writes.
MONGO: Final = Timeouts(1, 3, attempts=2, search_seconds=2.5)
STRIPE: Final = Timeouts(2, 7, attempts=2, backoff_seconds=1)

# A connection that was idle for longer is not used again. While an execution environment is frozen,
# the network may forget its connections without notice: AWS does after 350 s. A command on such a
# connection would wait for its whole timeout.
IDLE_SECONDS: Final = 60.0

# An execution environment serves one request at a time, so it needs one connection for commands.
MYSQL_CONNECTIONS: Final = 1
REDIS_CONNECTIONS: Final = 1
MONGO_POOL: Final = 1
# To each server of the cluster, because the driver monitors each on a connection of its own.
MONGO_CONNECTIONS: Final = MONGO_POOL + 1
