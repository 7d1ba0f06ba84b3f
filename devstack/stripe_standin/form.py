"""Decodes Stripe's request forms, whose field names are nested: `line_items[0][price]=…`."""

from urllib.parse import parse_qsl

from devstack.stripe_standin.errors import invalid_form
from devstack.stripe_standin.sdk_schema import ListOf, MapOf, OneOf, Record, Scalar, Schema
from devstack.stripe_standin.stripe_json import JsonObject


def read_form(encoded: str) -> JsonObject:
    """Decode a form or a query string into nested maps of strings. Lists are maps by index.

    Raises:
        ApiError: a name is used for both a value and a map.
    """
    form: JsonObject = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *parents, last = name.replace("]", "").split("[")
        container = form
        for parent in parents:
            container = container.setdefault(parent, {})
            if not isinstance(container, dict):
                raise invalid_form(name)
        container[last or str(len(container))] = value
    return form


def typed(value: object, schema: Schema) -> object:
    """Convert a form's strings to the schema's types. A value that does not fit is unchanged."""
    match schema, value:
        case Record(), dict():
            fields = schema.fields
            return {k: typed(v, fields[k].schema) if k in fields else v for k, v in value.items()}
        case MapOf(item), dict():
            return {key: typed(each, item) for key, each in value.items()}
        case ListOf(item), dict() if all(key.isdecimal() for key in value):
            return [typed(value[key], item) for key in sorted(value, key=int)]
        case OneOf(options), _:
            return _first_valid(value, options)
        case Scalar(kind), str():
            return _scalar(value, kind)
    return value


def _first_valid(value: object, options: tuple[Schema, ...]) -> object:
    attempts = [(typed(value, option), option) for option in options]
    for attempt, option in attempts:
        if not any(option.violations(attempt, ())):
            return attempt
    return next((attempt for attempt, _ in attempts if type(attempt) is not type(value)), value)


def _scalar(value: str, kind: type) -> object:
    if kind is int and value.removeprefix("-").isdecimal():
        return int(value)
    if kind is bool and value in {"true", "false"}:
        return value == "true"
    return value
