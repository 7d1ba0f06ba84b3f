"""Counts what an attack tries, and collects what does not hold."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Attempts:
    """The attempts of one attack. The test fails at its end if one did not hold.

    `devstack/attack.py` prints `tried`, `wrong` and `seen` of each test.
    """

    report: Callable[[str, object], None]
    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, held: bool, attempt: object) -> None:  # noqa: FBT001 - a condition, as of an assert
        """Count an attempt; note it if it did not hold."""
        self.tried += 1
        if not held:
            self.wrong.append(f"{attempt!r:.300}")

    def saw(self, text: str) -> None:
        """Report a measurement beside the counts."""
        self.report("seen", text)

    def close(self) -> None:
        """Report the counts, and fail if an attempt did not hold or there was none."""
        self.report("tried", self.tried)
        self.report("wrong", len(self.wrong))
        assert self.tried
        assert not self.wrong, "\n".join(self.wrong[:20])
