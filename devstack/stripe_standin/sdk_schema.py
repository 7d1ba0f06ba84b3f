"""Validates responses, webhook bodies and requests against the types of the pinned Stripe SDK.

Tests use `check_response`, `check_event` and `check_params`. The stand-in also decodes forms
(`form`) and creates new objects (`resource_defaults`) by the same schema, so it has no field that
the SDK does not have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict  # the SDK makes its TypedDicts with this one

from devstack.stripe_standin import sdk_types
from devstack.stripe_standin.stripe_json import JsonObject

type Path = tuple[str | int, ...]


class ViolationKind(StrEnum):
    """The kind of a schema violation."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    INVALID = "invalid"


class Violation(NamedTuple):
    """One violation of the schema, with the path of the value."""

    path: Path
    kind: ViolationKind
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.message}"


def check_response(body: object, path: Path = ()) -> list[Violation]:
    """Validate an API response, nested objects included, against the SDK's classes."""
    name = body.get("object") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(name, str):
        return [Violation(path, ViolationKind.MISSING, "expected an object with a field `object`")]
    if name == "list":
        found = list(Page(Anything()).violations(body, path))
        items = [] if found else enumerate(body["data"])
        return found + [v for at, item in items for v in check_response(item, (*path, "data", at))]
    try:
        schema = resource_schema(name)
    except LookupError as unknown:
        return [Violation((*path, "object"), ViolationKind.INVALID, str(unknown))]
    return list(schema.violations(body, path))


def check_event(body: object) -> list[Violation]:
    """Validate a webhook's body and the object in it against the SDK's classes."""
    found = list(resource_schema("event").violations(body, ()))
    if not found and isinstance(body, dict):
        found += check_response(body["data"]["object"], ("data", "object"))
    return found


def check_params(params_name: str, params: JsonObject) -> list[Violation]:
    """Validate request parameters against an SDK TypedDict: `checkout.SessionCreateParams`."""
    return list(params_schema(params_name).violations(params, ()))


@cache
def resource_schema(object_name: str) -> "Record":
    """Return the schema of a resource by its `object` field.

    Raises:
        LookupError: the SDK has no such resource.
    """
    return _record(sdk_types.resource_class(object_name))


@cache
def params_schema(params_name: str) -> "Record":
    """Return the schema of a request's parameters by their name in the SDK.

    Raises:
        AttributeError: the SDK has no such parameters.
    """
    return _record(sdk_types.params_class(params_name))


class Schema(Protocol):
    """The JSON values that one type of the SDK allows."""

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        """Yield the violations in a JSON value."""
        ...


@dataclass(frozen=True)
class Anything:
    """Allows any value."""

    def violations(self, value: object, path: Path) -> Iterator[Violation]:  # noqa: ARG002 - the protocol's signature
        yield from ()


@dataclass(frozen=True)
class Scalar:
    """A string, number, boolean or null. Decimals are strings in JSON."""

    type: type

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        json_types = {Decimal: (str,), float: (int, float)}.get(self.type, (self.type,))
        if not isinstance(value, json_types) or (isinstance(value, bool) and self.type is not bool):
            yield _invalid(path, self.type.__name__, value)


@dataclass(frozen=True)
class Choice:
    """One of a set of values. The SDK's open enums are closed here: an unknown value is drift."""

    values: tuple[object, ...]

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        if not any(value == known and type(value) is type(known) for known in self.values):
            yield _invalid(path, "one of " + ", ".join(map(str, self.values[:8])), value)


@dataclass(frozen=True)
class ListOf:
    """A JSON array."""

    item: Schema

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        if not isinstance(value, list):
            yield _invalid(path, "a list", value)
            return
        for index, item in enumerate(value):
            yield from self.item.violations(item, (*path, index))


@dataclass(frozen=True)
class MapOf:
    """A JSON object with arbitrary keys, such as metadata."""

    value: Schema

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield _invalid(path, "a map", value)
            return
        for key, item in value.items():
            yield from self.value.violations(item, (*path, key))


@dataclass(frozen=True)
class Page:
    """A list object: one page of a longer list."""

    item: Schema

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield _invalid(path, "a list object", value)
            return
        kind = value.get("object")  # the SDK's class does not annotate it
        yield from Choice(("list",)).violations(kind, (*path, "object"))
        rest = {name: item for name, item in value.items() if name != "object"}
        yield from _record(ListObject).violations(rest, path)
        if isinstance(value.get("data"), list):
            yield from ListOf(self.item).violations(value["data"], (*path, "data"))


@dataclass(frozen=True)
class OneOf:
    """Any of several schemas. Reports the violations of the option that fits best."""

    options: tuple[Schema, ...]

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        attempts = [list(option.violations(value, path)) for option in self.options]
        if all(attempts):
            deeper = [a for a in attempts if any(len(v.path) > len(path) for v in a)]
            yield from min(deeper or attempts, key=len)

    @property
    def nullable(self) -> bool:
        return Scalar(NoneType) in self.options


class Field(NamedTuple):
    """One field of a record."""

    schema: Schema
    required: bool


@dataclass(frozen=True)
class Record:
    """A response class or a TypedDict of parameters, which allows its own fields only.

    In a response a nullable field may be missing. A deleted object has `id` and `object` only.
    """

    type: type

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Fields by name. Resolved on first use, because the SDK's classes refer to each other."""
        module = self.type.__module__
        if is_typeddict(self.type):
            params = sdk_types.params_fields(self.type)
            return {name: Field(_schema(a, module), must) for name, (a, must) in params.items()}
        found = {
            name: _schema(annotation, module)
            for name, annotation in sdk_types.resource_fields(self.type).items()
        }
        return {name: Field(s, required=not _nullable(s)) for name, s in found.items()}

    def violations(self, value: object, path: Path) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield _invalid(path, self.type.__name__, value)
            return
        for name, item in value.items():
            if name in self.fields:
                yield from self.fields[name].schema.violations(item, (*path, name))
            else:
                yield Violation(
                    (*path, name), ViolationKind.UNKNOWN, f"not in the SDK's {self.type.__name__}"
                )
        stub = "deleted" in self.fields and value.get("deleted") is True
        for name, field in self.fields.items():
            if field.required and name not in value and not (stub and name not in {"id", "object"}):
                yield Violation(
                    (*path, name),
                    ViolationKind.MISSING,
                    f"required by the SDK's {self.type.__name__}",
                )


@cache
def _record(type_: type) -> Record:
    return Record(type_)


# The schema for each of the SDK's generic types, and the index of its item type argument.
CONTAINERS: dict[object, tuple[type[ListOf | MapOf | Page], int]] = {
    list: (ListOf, 0),
    dict: (MapOf, 1),
    UntypedStripeObject: (MapOf, 0),
    ListObject: (Page, 0),
}


def _nullable(schema: Schema) -> bool:
    return isinstance(schema, Anything) or (isinstance(schema, OneOf) and schema.nullable)


def _schema(annotation: object, module: str) -> Schema:
    annotation = sdk_types.resolve(annotation, module)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return _union(tuple(_schema(option, module) for option in arguments))
    if origin is Literal:
        return Choice(arguments)
    if origin in CONTAINERS:
        container, item = CONTAINERS[origin]
        return container(_schema(arguments[item], module))
    return _plain(annotation)


def _plain(annotation: object) -> Schema:
    if annotation in {str, int, float, bool, Decimal, NoneType}:
        return Scalar(annotation)
    if isinstance(annotation, type) and (
        is_typeddict(annotation) or issubclass(annotation, StripeObject)
    ):
        return _record(annotation)
    if annotation is Any or isinstance(annotation, TypeVar):
        return Anything()
    raise TypeError(f"the SDK uses a type that sdk_schema does not support: {annotation!r}")


def _union(options: tuple[Schema, ...]) -> Schema:
    known = [value for option in options if isinstance(option, Choice) for value in option.values]
    if any(value != "" for value in known):  # Literal[…] | str is an open enum: close it
        options = tuple(option for option in options if option != Scalar(str))
    flat = [
        o for option in options for o in (option.options if isinstance(option, OneOf) else [option])
    ]
    return flat[0] if len(flat) == 1 else OneOf(tuple(flat))


def _invalid(path: Path, expected: str, value: object) -> Violation:
    shown = "null" if value is None else f"{type(value).__name__} {value!r:.60}"
    return Violation(path, ViolationKind.INVALID, f"expected {expected}, got {shown}")
