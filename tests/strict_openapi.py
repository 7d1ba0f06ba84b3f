"""docs/openapi.yaml without what it allows a later release to add."""

from typing import Any

ANY_TEXT = {"type": "string"}


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document for today's responses: listed fields, values and statuses only."""
    closed: dict[str, Any] = _closed(document)
    for operations in closed["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation["responses"].pop("4XX", None)
    return closed


def _closed(part: Any) -> Any:
    match part:
        case {"anyOf": [known, other]} if other == ANY_TEXT:
            return _closed(known)
        case {"type": "object", "properties": dict()}:
            return {"additionalProperties": False} | _members(part)
        case dict():
            return _members(part)
        case list():
            return [_closed(inner) for inner in part]
        case _:
            return part


def _members(part: dict[str, Any]) -> dict[str, Any]:
    return {name: _closed(inner) for name, inner in part.items()}
