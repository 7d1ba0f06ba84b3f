"""The settings of a run: how far away the stores are, how many buyers there are, and the goals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """The least rate, and the longest 99th percentile, relative to `raw`."""

    rate: float
    p99: float | None = None

    def __str__(self) -> str:
        latency = "" if self.p99 is None else f", p99 ≤ {self.p99:g}×"
        return f"≥ {self.rate:g}×{latency}"


@dataclass(frozen=True, slots=True)
class Setting:
    """The delays of the stores, and the goals by the number of buyers."""

    name: str
    round_trip_seconds: float
    commit_seconds: float
    goals: Mapping[int, Goal | None] = field(hash=False)

    @property
    def title(self) -> str:
        """The heading of the setting's table."""
        if not self.round_trip_seconds:
            return "Loopback without delays"
        return (
            f"{1000 * self.round_trip_seconds:g} ms per round trip, "
            f"{1000 * self.commit_seconds:g} ms per commit"
        )

    @property
    def database(self) -> str:
        """The name of the setting's database. Its procedures have the delay of a commit."""
        return f"gorder_bench_{self.name}"

    def slow_commits(self, sql: str) -> str:
        """Return SQL that sleeps before each COMMIT, in the server, while the locks are held."""
        if not self.commit_seconds:
            return sql
        return sql.replace("COMMIT;", f"DO SLEEP({self.commit_seconds}); COMMIT;")


DELAYED: Final = Setting(
    "delayed", 0.001, 0.002, {1: Goal(0.9), 16: Goal(3), 128: Goal(5, p99=0.3)}
)
LOOPBACK: Final = Setting("loopback", 0, 0, {1: None, 32: Goal(0.7)})
SETTINGS: Final = {setting.name: setting for setting in (DELAYED, LOOPBACK)}
