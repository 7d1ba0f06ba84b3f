"""Changes of named fields of a stored document, and their values as Extended JSON."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from bson import json_util
from bson.errors import BSONError

from gorder.order.adapters.mongo_documents import Document
from gorder.order.errors import RepairRefused
from gorder.order.repairs import DocumentEdit, FieldChange, Json

# What the store computes, and what names the order.
COMPUTED: Final = frozenset(
    {
        *("_id", "seal", "version", "amount_total", "changed_by_hand"),
        *("watch_at", "placed_at", "changed_at", "money_on"),
    }
)
_GONE: Final = object()
_STORABLE: Final = {type(None), bool, int, float, str, datetime, dict, list}
_DEEPEST: Final = 20
_LARGEST: Final = 2**63


def edited(document: Document, edit: DocumentEdit) -> Document:
    """Return a copy of the document with the changes. Indexes are those of the stored lists.

    Raises:
        RepairRefused: a path or a value cannot be stored. The text names it.
    """
    copy = deepcopy(document)
    for path in edit.removed:
        if path in edit.values:
            raise RepairRefused(f"{path} is to be set and to be removed: choose one.")
    for path, value in edit.values.items():
        _put(copy, path, from_json(path, value))
    for path in edit.removed:
        _put(copy, path, _GONE)
    return {name: _without_gaps(value) for name, value in copy.items() if value is not _GONE}


def differences(before: object, after: object, path: str = "") -> Iterator[FieldChange]:
    """Yield the fields that differ; documents are compared field by field, lists part by part."""
    match before, after:
        case dict(), dict():
            for name in [*before, *(name for name in after if name not in before)]:
                old, new = before.get(name, _GONE), after.get(name, _GONE)
                yield from differences(old, new, f"{path}.{name}" if path else str(name))
        case list(), list() if len(before) == len(after):
            for index, pair in enumerate(zip(before, after, strict=True)):
                yield from differences(*pair, f"{path}.{index}")
        case _:
            change = FieldChange(path, _shown(before), _shown(after))
            if change.before != change.after:
                yield change


def to_json(value: object) -> str:
    """Return a value in Extended JSON."""
    return json_util.dumps(
        value,
        json_options=json_util.RELAXED_JSON_OPTIONS,
        sort_keys=True,
        ensure_ascii=False,
    )


def from_json(path: str, value: Json) -> Any:  # noqa: ANN401 - any value of a document
    """Return the value that Extended JSON stands for. Raises RepairRefused."""
    try:
        found = json_util.loads(json.dumps(value), json_options=_READ)
    except (ValueError, TypeError, KeyError, OverflowError, BSONError) as error:
        raise RepairRefused(f"{path}: is not Extended JSON that can be read: {error}.") from None
    _require_storable(path, found)
    return found


_READ: Final = json_util.JSONOptions(tz_aware=True)


def _shown(value: object) -> str | None:
    return None if value is _GONE else to_json(value)


def _put(document: Document, path: str, value: object) -> None:
    if path.partition(".")[0] in COMPUTED:
        raise RepairRefused(
            f"{path} cannot be changed: gorder computes {', '.join(sorted(COMPUTED))}."
        )
    *parents, last = path.split(".")
    place: Any = document
    for step in parents:
        match place:
            case dict() if value is _GONE and step not in place:
                return
            case dict():
                place = place.setdefault(step, {})
            case list() if step.isdecimal() and int(step) < len(place):
                place = place[int(step)]
            case _:
                raise _no_place(path, step)
    match place:
        case dict() if value is not _GONE or last in place:
            place[last] = value
        case dict():
            return
        case list() if last.isdecimal() and int(last) < len(place):
            place[int(last)] = value
        case list() if last.isdecimal() and int(last) == len(place):
            place.append(value)  # a gap at the end is nothing
        case _:
            raise _no_place(path, last)


def _no_place(path: str, step: str) -> RepairRefused:
    return RepairRefused(
        f"{path}: there is no place for {step}: the index of a list is 0 to its length, and a "
        "value that is not a document or a list has no fields."
    )


def _without_gaps(value: object) -> Any:  # noqa: ANN401 - any value of a document
    match value:
        case dict():
            return {k: _without_gaps(v) for k, v in value.items() if v is not _GONE}
        case list():
            return [_without_gaps(part) for part in value if part is not _GONE]
    return value


def _require_storable(path: str, value: object, depth: int = 0) -> None:
    """Raises RepairRefused."""
    match value:
        case _ if depth > _DEEPEST:
            raise RepairRefused(f"{path}: has more than {_DEEPEST} levels.")
        case dict():
            for name, inner in value.items():
                if not name or name.startswith("$") or "." in name or "\0" in name:
                    raise RepairRefused(f"{path}: {name!a} cannot be the name of a field.")
                _require_storable(path, inner, depth + 1)
        case list():
            for inner in value:
                _require_storable(path, inner, depth + 1)
        case str() if value.encode(errors="ignore").decode() != value:
            raise RepairRefused(f"{path}: has half a surrogate pair.")
        case int() if not -_LARGEST <= value < _LARGEST:
            raise RepairRefused(f"{path}: has a whole number of more than 64 bits.")
        case _ if type(value) not in _STORABLE:
            raise RepairRefused(
                f'{path}: is neither JSON nor a time such as {{"$date": "2026-11-28T20:00:00Z"}}.'
            )
