"""The runbook says of each finding about orders and money what it means and what ends it."""

import ast
import re
from collections.abc import Iterator

from devstack.state import ROOT

PACKAGE = ROOT / "layers" / "common" / "gorder"
ROW = re.compile(r"^\| (`[a-z_`, ]+`) \| (.+) \| (.+) \|$", re.MULTILINE)


def kinds() -> Iterator[str]:
    """Yield the kind of each finding that the code makes."""
    for folder in ("order", "upkeep"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(func=ast.Name("Finding"), args=[ast.Constant(str(kind)), *_]):
                        yield kind
                    case ast.Call(func=ast.Name("Finding")):
                        raise AssertionError(f"{path}: a finding without a constant kind")


def rows() -> dict[str, tuple[str, str]]:
    """Return what the runbook's table says, by kind."""
    section = (ROOT / "docs" / "operations.md").read_text().partition("\n### AuditAlarm\n")[2]
    table = section.partition("\n### ")[0]
    return {
        kind: (meaning, ending)
        for names, meaning, ending in ROW.findall(table)
        for kind in re.findall(r"`([a-z_]+)`", names)
        if kind != "kind"
    }


def test_every_kind_of_finding_has_its_row() -> None:
    found = set(kinds())

    assert len(found) == 15
    assert rows().keys() == found


def test_every_row_names_a_command() -> None:
    for kind, (meaning, ending) in rows().items():
        assert len(meaning) > 20, kind
        assert re.search(r"`gorder (orders|payments|stock) [a-z]+", ending), kind
