"""`make attack`: run the attacks that docs/security.md names, and count what held.

Each attack is a test. It has a local cloud of its own on loopback, beside the developer's.
"""

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from devstack.console import StackError, exit_status
from devstack.state import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
OTHER_SERVERS = ("GORDER_MYSQL_URL", "GORDER_REDIS_URL", "GORDER_MONGO_URL")
_BOUNDARY = re.compile(r"^### (.+)$")
_TEST = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


@dataclass(frozen=True)
class Attack:
    """A test that docs/security.md names, and the boundary under which it does."""

    boundary: str
    path: str
    test: str

    @property
    def node(self) -> str:
        """The test's id in pytest, without parameters."""
        return f"{self.path}::{self.test}"

    def exists(self) -> bool:
        """Return whether the file has the test."""
        path = ROOT / self.path
        return path.is_file() and f"\ndef {self.test}(" in path.read_text()

    @property
    def name(self) -> str:
        return self.test.removeprefix("test_").replace("_", " ")


@dataclass
class AttackCount:
    """What one attack tried, and what did not hold."""

    tried: int = 0
    wrong: int = 0
    seen: list[str] = field(default_factory=list)


class AttemptCounter:
    """A plugin of pytest that counts the attempts of each test, and prints them at the end."""

    def __init__(self, attacks: list[Attack]) -> None:
        self._attacks = attacks
        self._counts: defaultdict[str, AttackCount] = defaultdict(AttackCount)
        self._failed: set[str] = set()
        self._skipped: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test when its last phase has ended. A skipped one has tried nothing."""
        if report.failed:
            self._failed.add(report.nodeid)
        if report.skipped:
            self._skipped.add(report.nodeid)
        if report.when != "teardown":
            return
        properties = dict(report.user_properties)
        count = self._counts[report.nodeid.partition("[")[0]]
        if report.nodeid in self._skipped:
            count.seen = ["skipped"]
            return
        count.tried += int(str(properties.get("tried", 1)))
        failed = report.nodeid in self._failed
        count.wrong += max(int(str(properties.get("wrong", 0))), int(failed))
        if "seen" in properties:
            count.seen.append(str(properties["seen"]))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> Iterator[str]:
        """Return the table, by boundary."""
        boundary = ""
        for attack in self._attacks:
            if attack.boundary != boundary:
                boundary = attack.boundary
                yield ""
                yield f"{boundary:<72}{'TRIED':>9}{'HELD':>9}{'WRONG':>9}"
            yield _line(attack.name, self._counts[attack.node])
        yield ""
        yield _line("all attacks", self.total())

    def total(self) -> AttackCount:
        """Return the sums of all attacks."""
        counts = list(self._counts.values())
        return AttackCount(sum(each.tried for each in counts), sum(each.wrong for each in counts))


def attacks(document: str) -> list[Attack]:
    """Return the tests that the document names, in its order, each once."""
    found: dict[str, Attack] = {}
    boundary = ""
    for line in document.splitlines():
        if heading := _BOUNDARY.match(line):
            boundary = heading[1]
        for test, path in _TEST.findall(line):
            attack = Attack(boundary, path, test)
            found.setdefault(attack.node, attack)
    return list(found.values())


def main() -> int:
    """Run the attacks and return the exit status: 1 if one did not hold.

    Raises:
        StackError: the environment names servers of someone else, or the document names a test that
            does not exist.
    """
    if given := [name for name in OTHER_SERVERS if os.environ.get(name)]:
        raise StackError(f"attacks are run against servers of their own: unset {' '.join(given)}")
    planned = attacks(DOCUMENT.read_text())
    nodes = [attack.node for attack in planned]
    if missing := [attack.node for attack in planned if not attack.exists()]:
        raise StackError(f"docs/security.md names tests that do not exist: {', '.join(missing)}")
    options = ["--quiet", "--numprocesses", "2", "-p", "no:cacheprovider"]
    return pytest.main([*nodes, *options], plugins=[AttemptCounter(planned)])


def _line(name: str, count: AttackCount) -> str:
    numbers = (count.tried, count.tried - count.wrong, count.wrong)
    columns = "".join(f"{number:>9,}" for number in numbers)
    return f"  {name:<70.70}{columns}  {'; '.join(count.seen)}".rstrip()


if __name__ == "__main__":
    sys.exit(exit_status(main))
