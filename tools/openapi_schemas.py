"""Describe the bodies of docs/openapi.yaml. The schemas come from `contracts/api.py`."""

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gorder.contracts.base import Contract

type Json = dict[str, Any]


def body_schemas(requests: Iterable[type[Contract]], responses: Iterable[type[Contract]]) -> Json:
    """Return the schemas of all bodies, by name.

    A request with an unknown field is refused. A response may get fields in a later release, so its
    schema allows more than it lists.
    """
    taken = _schemas(requests, "validation")
    given = {name: _open(schema) for name, schema in _schemas(responses, "serialization").items()}
    return taken | given


def _schemas(models: Iterable[type[Contract]], mode: JsonSchemaMode) -> Json:
    _, found = models_json_schema(
        [(model, mode) for model in models], ref_template="#/components/schemas/{model}"
    )
    schemas: Json = _without_titles(found["$defs"])
    return schemas


def _open(schema: Json) -> Json:
    """Allow more fields, and no nulls: a response omits a field without a value."""
    opened = {name: part for name, part in schema.items() if name != "additionalProperties"}
    if "properties" in opened:
        opened["properties"] = {n: _not_null(p) for n, p in opened["properties"].items()}
    return opened


def _not_null(field: Json) -> Json:
    match field:
        case {"anyOf": [part, {"type": "null"}]}:
            return {**part}
        case _:
            return field


def _without_titles(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    match schema:
        case dict():
            kept = {name: part for name, part in schema.items() if name != "title"}
            return {name: _without_titles(part) for name, part in kept.items()}
        case list():
            return [_without_titles(part) for part in schema]
        case _:
            return schema
