"""Count words that CONTRIBUTING.md asks not to use: a step of `make check`.

Fails when an area of the repository has one line in a thousand, or more, with such a word.
Identifiers count as text does. A line that must have a word ends in `prose: ignore`.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
WORDS: Final = "whoever|whatever|nobody|somebody|told|tells|likewise|anew"  # prose: ignore
IGNORED: Final = "prose: ignore"
AREAS: Final = (
    "layers",
    "functions",
    "devstack",
    "tools",
    "tests",
    "benchmarks",
    "docs",
    "template.yaml",
)
ROOT_DOCUMENTS: Final = "*.md"
LIMIT_PER_1000: Final = 1.0
_SUFFIXES: Final = {".md", ".mk", ".py", ".sh", ".sql", ".toml", ".yaml"}
_WORD: Final = re.compile(rf"\b({WORDS})\b", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A line with a listed word."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Count:
    """The lines of an area, and those with a listed word."""

    area: str
    lines: int
    places: tuple[Place, ...]

    @property
    def per_1000(self) -> float:
        """Lines with a listed word per thousand lines."""
        return 1000 * len(self.places) / max(self.lines, 1)

    @property
    def too_many(self) -> bool:
        """Whether the area reaches the limit."""
        return self.per_1000 >= LIMIT_PER_1000


def count(area: str, texts: Iterable[tuple[str, str]]) -> Count:
    """Count the listed words in an area, given as pairs of path and text."""
    lines, places = 0, []
    for path, text in texts:
        for number, line in enumerate(text.splitlines(), start=1):
            lines += 1
            if _WORD.search(line) and not line.rstrip(" ->").endswith(IGNORED):
                places.append(Place(path, number, line.strip()))
    return Count(area, lines, tuple(places))


def count_all() -> list[Count]:
    """Count the listed words of every area, in the files that git knows or would add."""
    counts = [count(area, _texts(area)) for area in AREAS]
    return [*counts, count(ROOT_DOCUMENTS, _texts(f":(glob){ROOT_DOCUMENTS}"))]


def _texts(pathspec: str) -> Iterable[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pathspec],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for path in filter(None, listed.split("\0")):
        file = ROOT / path
        if file.suffix in _SUFFIXES and file.is_file():
            yield path, file.read_text()


def main() -> int:
    """Print each place and the count of each area; return the exit status."""
    counts = count_all()
    for place in (place for each in counts for place in each.places):
        print(f"{place.path}:{place.line}: {place.text}")
    for each in counts:
        mark = "✗" if each.too_many else "✓"
        summary = f"{len(each.places)} in {each.lines} lines, {each.per_1000:.1f} per 1000"
        print(f"{mark} {each.area}: {summary}")
    if any(each.too_many for each in counts):
        print(
            f"Fewer than {LIMIT_PER_1000:g} per 1000 lines may have one of {WORDS}: "
            "see CONTRIBUTING.md, How it is written"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
