"""Counts what an attack tries, and collects what does not hold."""

from dataclasses import dataclass, field


@dataclass
class Attempts:
    """The attempts of one attack. The test fails at its end if one did not hold.

    Args:
        properties: the test's properties, which `devstack/attack.py` prints.
    """

    properties: list[tuple[str, object]]
    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, held: bool, attempt: object) -> None:  # noqa: FBT001 - a condition, as of an assert
        """Count an attempt; note it if it did not hold."""
        self.tried += 1
        if not held:
            self.wrong.append(f"{attempt!r:.300}")

    def saw(self, text: str) -> None:
        """Report a measurement beside the counts."""
        self.properties.append(("seen", text))

    def close(self) -> None:
        """Report the counts, and fail if an attempt did not hold or there was none."""
        self.properties += [("tried", self.tried), ("wrong", len(self.wrong))]
        assert self.tried
        assert not self.wrong, "\n".join(self.wrong[:20])
