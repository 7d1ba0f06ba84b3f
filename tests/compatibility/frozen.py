"""Reads what release 0.1 wrote, and writes what the next release might."""

import json
from pathlib import Path
from typing import Any

from bson import json_util
from pydantic import BaseModel

from gorder.contracts.stock import MenuListed, Overdue, ReservationSettled, StockReserved

FOLDER = Path(__file__).parent / "release_0_1"
LATER = "a_field_of_a_later_release"
ANSWER_KINDS: dict[str, type[BaseModel]] = {
    "reserve": StockReserved,
    "confirm": ReservationSettled,
    "release": ReservationSettled,
    "overdue": Overdue,
    "menu": MenuListed,
}
_OPTIONS = json_util.JSONOptions(tz_aware=True)


def read(name: str) -> dict[str, Any]:
    """Return the frozen messages or documents of a file, by name."""
    found: dict[str, Any] = json_util.loads((FOLDER / name).read_text(), json_options=_OPTIONS)
    return found


def read_text(name: str) -> dict[str, str]:
    """Return the frozen messages of a file as they were on the wire, by name."""
    return {
        key: json.dumps(value) for key, value in json.loads((FOLDER / name).read_text()).items()
    }


def with_later_fields(value: Any) -> Any:
    """Return the value with a field of a later release at every level."""
    match value:
        case dict():
            grown = {name: with_later_fields(inner) for name, inner in value.items()}
            return grown | {LATER: {"of": ["any", 1, None]}}
        case list():
            return [with_later_fields(inner) for inner in value]
    return value


def later_fields(value: Any, path: str = "") -> set[str]:
    """Return where the value has a field of a later release. Items of a list share a path."""
    match value:
        case dict():
            own = {path or "."} if LATER in value else set()
            inner = [
                later_fields(v, f"{path}.{name}") for name, v in value.items() if name != LATER
            ]
            return own.union(*inner)
        case list():
            return set().union(*(later_fields(item, f"{path}[]") for item in value))
    return set()
