"""Replace a benchmark's part of docs/performance.md, which stands between two markers."""

from pathlib import Path
from typing import Final

from devstack.console import StackError
from devstack.state import ROOT

PAGE: Final = ROOT / "docs" / "performance.md"


def write_part(name: str, text: str, page: Path = PAGE) -> None:
    """Replace the part of a benchmark.

    Raises:
        StackError: the page lacks the markers of the part.
    """
    page.write_text(with_part(page.read_text(), name, text))


def with_part(page: str, name: str, text: str) -> str:
    """Return the page with another text between the markers of a part.

    Raises:
        StackError: the page lacks the markers.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise StackError(f"{PAGE.name} must have the lines {begin.strip()} and {end}")
    return f"{before}{begin}\n{text.strip()}\n\n{end}{after}"
