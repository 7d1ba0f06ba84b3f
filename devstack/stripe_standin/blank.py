"""New API objects: every field the SDK knows, with the emptiest value it allows."""

import copy
from functools import cache

from devstack.stripe_standin.sdk_schema import (
    Choice,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Scalar,
    Schema,
    resource_schema,
)
from devstack.stripe_standin.wire import JsonObject

ONLY_WHEN_ASKED_FOR = frozenset({"currency_options", "deleted", "line_items", "refunds", "tiers"})


def blank(object_name: str) -> JsonObject:
    """Make an object that satisfies the SDK's class for `object_name` and says nothing yet."""
    return copy.deepcopy(_template(object_name))


@cache
def _template(object_name: str) -> JsonObject:
    return _record(resource_schema(object_name).fields)


def _record(fields: dict[str, Field]) -> JsonObject:
    return {
        name: _emptiest(field.schema) if field.required else None
        for name, field in fields.items()
        if name not in ONLY_WHEN_ASKED_FOR
    }


def _emptiest(schema: Schema) -> object:
    match schema:
        case Scalar(kind):
            return kind()
        case Choice(values):
            return values[0]
        case OneOf(options):
            return _emptiest(options[0])
        case ListOf() | MapOf():
            return [] if isinstance(schema, ListOf) else {}
        case Record():
            return _record(schema.fields)
    raise TypeError(f"no emptiest value of {schema}")
