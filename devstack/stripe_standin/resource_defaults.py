"""Default values for new API objects, derived from the SDK's types."""

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
from devstack.stripe_standin.stripe_json import JsonObject

OMITTED_FIELDS = frozenset({"currency_options", "deleted", "line_items", "refunds", "tiers"})


def default_resource(object_name: str) -> JsonObject:
    """Create an object with a default for every field of the SDK's class for `object_name`.

    Fields that Stripe sends only on request are omitted.
    """
    return copy.deepcopy(_cached_default(object_name))


@cache
def _cached_default(object_name: str) -> JsonObject:
    return _default_fields(resource_schema(object_name).fields)


def _default_fields(fields: dict[str, Field]) -> JsonObject:
    return {
        name: _default_value(field.schema) if field.required else None
        for name, field in fields.items()
        if name not in OMITTED_FIELDS
    }


def _default_value(schema: Schema) -> object:
    match schema:
        case Scalar(kind):
            return kind()
        case Choice(values):
            return values[0]
        case OneOf(options):
            return _default_value(options[0])
        case ListOf() | MapOf():
            return [] if isinstance(schema, ListOf) else {}
        case Record():
            return _default_fields(schema.fields)
    raise TypeError(f"no default value for schema {schema}")
