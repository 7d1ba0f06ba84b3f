"""Print results to stdout, as tables or as JSON, and progress to stderr."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_LONGEST_WORD: Final = 80  # characters that are not folded
_BETWEEN_COLUMNS: Final = 3  # characters
_WIDTH_OF_A_FILE: Final = 200  # a table in a pipe or a file is not cut to the terminal


def _console(stderr: bool) -> Console:  # noqa: FBT001 - one of two streams
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """Print a line."""
    _console(stderr=False).print(text, markup=False, soft_wrap=True)


def say_progress(text: str) -> None:
    """Print a line to stderr."""
    _console(stderr=True).print(text, markup=False, soft_wrap=True)


def print_json(body: BaseModel | Mapping[str, Any]) -> None:
    """Print an object as JSON, whole, for programs."""
    document = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns, or `empty` if there are none. A column `#…` is a number.

    Numbers do not wrap, and text wraps between words, so that an id can be copied from a narrow
    terminal too. Only a word of more than 80 characters is folded.
    """
    if not rows:
        say(empty)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown = [[_cell(value) for value in row] for row in rows]
    least = 0
    for column, cells in zip(columns, zip(*shown, strict=True), strict=True):
        number, name = column.startswith("#"), column.removeprefix("#")
        part = cell_len if number else _longest_word
        width = min(max(map(part, (name, *cells))), _LONGEST_WORD)
        table.add_column(
            name,
            justify="right" if number else "left",
            no_wrap=number or max(map(cell_len, (name, *cells))) <= width,
            min_width=width,
            overflow="fold",
        )
        least += width + _BETWEEN_COLUMNS
    for texts in shown:
        table.add_row(*map(Text, texts))
    console = _console(stderr=False)
    console.width = max(console.width, least)
    console.print(table, crop=False)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print a name and a value on each line. A value of None is left out."""
    shown = {name: value for name, value in facts.items() if value is not None}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        say(f"{name:<{width}}  {_plain(value)}")


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that the program waits, while it does. Nothing is printed into a file."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield


def counted(number: int, noun: str) -> str:
    """Return "1 order" or "2 orders"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(at: datetime | None) -> str:
    """Return a time in the time zone of this computer, or a dash."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else "-"


def _plain(value: object) -> str:
    return moment(value) if isinstance(value, datetime) else str(value)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else _plain(value)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)
