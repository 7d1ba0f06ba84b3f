"""Features of MongoDB that Amazon DocumentDB 5.0 does not support.

https://docs.aws.amazon.com/documentdb/latest/developerguide/mongo-apis.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

MISSING_COMMANDS = {"bulkWrite", "mapReduce"}
MISSING_OPERATORS = {
    "$bucket",
    "$bucketAuto",
    "$expr",
    "$facet",
    "$graphLookup",
    "$jsonSchema",
    "$merge",
    "$setWindowFields",
    "$unionWith",
}
MISSING_OPTIONS = {"collation", "partialFilterExpression", "txnNumber"}
CHECKED = {
    "aggregate",
    "count",
    "create",
    "createIndexes",
    "delete",
    "distinct",
    "find",
    "findAndModify",
    "insert",
    "update",
}


def refused(name: str, command: Mapping[str, Any]) -> list[str]:
    """Return what DocumentDB would refuse in a command. Inserted documents are not checked."""
    if name in MISSING_COMMANDS:
        return [f"{name}: the command"]
    if name not in CHECKED:
        return []
    checked = {key: value for key, value in command.items() if key != "documents"}
    missing = (MISSING_OPERATORS | MISSING_OPTIONS) & set(_keys(checked))
    found = [f"{name}: {key}" for key in sorted(missing)]
    updates = [*command.get("updates", []), {"u": command.get("update")}]
    if any(isinstance(update["u"], list) for update in updates):
        found.append(f"{name}: an update by pipeline")
    return found


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)
