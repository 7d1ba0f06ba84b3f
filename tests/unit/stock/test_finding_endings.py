"""docs/operations.md says for each finding of the stock which command ends it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
STOCK = ROOT / "layers/common/gorder/stock"
_MADE = re.compile(r'(?:Finding|_finding)\(\s*"([a-z_]+)"')
_LISTED = re.compile(r'^\s+\("([a-z_]+_differ)", \{', re.MULTILINE)  # made in a loop


def kinds() -> set[str]:
    """Return the kinds of findings that the code of the stock service makes."""
    code = "".join(path.read_text() for path in sorted(STOCK.rglob("*.py")))
    return {*_MADE.findall(code), *_LISTED.findall(code)}


def endings() -> dict[str, str]:
    """Return the commands of the table under StockDriftAlarm, by kind."""
    _, _, rest = (ROOT / "docs/operations.md").read_text().partition("### StockDriftAlarm\n")
    section, _, _ = rest.partition("\n### ")
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"][1:]
    return {kind: row[-1] for row in rows for kind in re.findall(r"`([a-z_]+)`", row[0])}


def test_the_code_is_searched_for_every_kind() -> None:
    """A kind that is made in another way has to be found, too."""
    code = (STOCK / "audit.py").read_text() + (STOCK / "queries/audit_stock.py").read_text()
    named = {word for word in re.findall(r'"([a-z]+_[a-z_]+)"', code) if word.isidentifier()}

    assert kinds() == named
    assert len(kinds()) > 10


def test_every_finding_has_a_command_that_ends_it() -> None:
    assert endings().keys() == kinds()
    assert all("`gorder " in command for command in endings().values())
