"""What each step costs in the simulation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds. The servers' own times are those of one statement or script on idle servers."""

    round_trip: float = 0.001
    jitter: float = 0.1
    """The part by which a message is faster or slower than the mean, at most."""
    commit: float = 0.002
    """While the rows are locked."""
    statement: float = 0.0001
    per_hold: float = 0.00001
    """What each hold of a batch adds to its call."""
    redis_command: float = 0.00003
    """Redis executes one command at a time."""
    redis_argument: float = 0.000002
    """What each argument adds: an answer of a batch is two."""
