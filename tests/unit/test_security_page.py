"""docs/security.md names tests that exist, and `make attack` counts what they report."""

import re

import pytest

from devstack.attack import DOCUMENT, OTHER_SERVERS, Attack, AttemptCounter, attacks, main
from devstack.console import StackError
from devstack.state import ROOT

TEXT = DOCUMENT.read_text()
ATTACKS = attacks(TEXT)


def threats() -> list[str]:
    """The rows of the tables of threats, without their heads."""
    section = TEXT.partition("\n## Threats\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .*", section, re.MULTILINE)
    return [row for row in rows if not row.startswith(("| Threat |", "| ---"))]


def test_every_named_test_exists() -> None:
    assert ATTACKS
    assert [attack.node for attack in ATTACKS if not attack.exists()] == []


def test_a_test_that_does_not_exist_is_found() -> None:
    [attack] = attacks("### A\n[`test_x`](../tests/unit/test_security_page.py)")

    assert not attack.exists()
    assert not Attack("A", "tests/no_such_file.py", "test_x").exists()


def test_every_threat_has_a_test() -> None:
    assert threats()
    assert [row for row in threats() if not attacks(row)] == []


def test_every_attack_is_named() -> None:
    named = {attack.node for attack in ATTACKS}
    written = {
        f"{path.relative_to(ROOT)}::{test}"
        for path in ROOT.glob("tests/*/attacks/test_*.py")
        for test in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }

    assert written
    assert written - named == set()


def test_an_attack_stands_under_its_boundary_once() -> None:
    boundaries = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)

    assert {attack.boundary for attack in ATTACKS} == set(boundaries)
    assert len({attack.node for attack in ATTACKS}) == len(ATTACKS)


def report(node: str, when: str, outcome: str, **properties: object) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=node,
        location=(node, 0, node),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]  # a literal in pytest
        longrepr=None,
        when=when,  # type: ignore[arg-type]  # a literal in pytest
        user_properties=list(properties.items()),
    )


def test_attempts_that_a_test_reports_are_counted() -> None:
    keys, forged = (Attack("Internet", "tests/a.py", f"test_{name}") for name in ("keys", "forged"))
    table = AttemptCounter([keys, forged])

    table.pytest_runtest_logreport(report(keys.node, "call", "passed"))
    table.pytest_runtest_logreport(
        report(keys.node, "teardown", "failed", tried=30, wrong=2, seen="medians 3 ms")
    )
    for case in ("[a]", "[b]"):
        table.pytest_runtest_logreport(report(forged.node + case, "call", "passed"))
        table.pytest_runtest_logreport(report(forged.node + case, "teardown", "passed"))

    lines = list(table.lines())
    assert [line.split() for line in lines if line.startswith("  ")] == [
        ["keys", "30", "28", "2", "medians", "3", "ms"],
        ["forged", "2", "2", "0"],
        ["all", "attacks", "32", "30", "2"],
    ]
    assert lines[1].split() == ["Internet", "TRIED", "HELD", "WRONG"]


def test_a_test_that_fails_before_it_counts_is_wrong() -> None:
    table = AttemptCounter([attack := Attack("Internet", "tests/a.py", "test_keys")])

    table.pytest_runtest_logreport(report(attack.node, "setup", "failed"))
    table.pytest_runtest_logreport(report(attack.node, "teardown", "passed"))

    assert (table.total().tried, table.total().wrong) == (1, 1)


def test_a_skipped_test_has_tried_nothing() -> None:
    table = AttemptCounter([attack := Attack("Internet", "tests/a.py", "test_keys")])

    table.pytest_runtest_logreport(report(attack.node, "setup", "skipped"))
    table.pytest_runtest_logreport(report(attack.node, "teardown", "passed"))

    [line, _] = [line.split() for line in table.lines() if line.startswith("  ")]
    assert line == ["keys", "0", "0", "0", "skipped"]


@pytest.mark.parametrize("name", OTHER_SERVERS)
def test_servers_of_someone_else_are_not_attacked(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "mysql://example.com/shop")

    with pytest.raises(StackError, match=f"unset {name}"):
        main()
