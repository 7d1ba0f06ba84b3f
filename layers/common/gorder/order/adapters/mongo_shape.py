"""The fields that an order document must have to be read, and their types.

A document that gorder wrote has this shape. Another one was changed by hand or by a bug.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import UnionType
from typing import Final, Protocol

from gorder.order.errors import OrderUnreadableError

_MAX_PROBLEMS: Final = 5  # named in one error


class Shape(Protocol):
    """What a value must be."""

    def problems(self, path: str, value: object) -> Iterator[str]:
        """Yield what is wrong with the value at that path, without the value."""
        ...


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a type. `bool` is no `int` here."""

    type: type | UnionType

    def problems(self, path: str, value: object) -> Iterator[str]:
        if not isinstance(value, self.type) or isinstance(value, bool):
            yield f"{path} is {_name(value)}"


@dataclass(frozen=True, slots=True)
class Fields:
    """A document with these fields. One that is optional may be missing; others are ignored."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape]

    def problems(self, path: str, value: object) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{path} is {_name(value)}, not a document"
            return
        prefix = f"{path}." if path else ""
        for name, shape in (*self.required.items(), *self.optional.items()):
            if name in value:
                yield from shape.problems(f"{prefix}{name}", value[name])
            elif name in self.required:
                yield f"{prefix}{name} is missing"


@dataclass(frozen=True, slots=True)
class Elements:
    """A list with at least so many elements."""

    shape: Shape
    least: int = 0

    def problems(self, path: str, value: object) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path} is {_name(value)}, not a list"
        elif len(value) < self.least:
            yield f"{path} is empty"
        else:
            for number, each in enumerate(value):
                yield from self.shape.problems(f"{path}.{number}", each)


@dataclass(frozen=True, slots=True)
class ByKey:
    """A document whose names are ids, which are not shown."""

    shape: Shape

    def problems(self, path: str, value: object) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{path} is {_name(value)}, not a document"
            return
        for each in value.values():
            yield from self.shape.problems(path, each)


@dataclass(frozen=True, slots=True)
class OrNull:
    """Null, or this."""

    shape: Shape

    def problems(self, path: str, value: object) -> Iterator[str]:
        if value is not None:
            yield from self.shape.problems(path, value)


_TEXT: Final = Value(str)
_MAYBE_TEXT: Final = Value(str | None)
_NUMBER: Final = Value(int)
_TIME: Final = Value(datetime)
_ONE_PAYMENT: Final[Mapping[str, Shape]] = {
    "session_id": _TEXT,
    "payment_intent_id": _MAYBE_TEXT,
    "amount": _NUMBER,
    "currency": _TEXT,
}
_LINE: Final[Mapping[str, Shape]] = {
    "product_id": _TEXT,
    "name": _TEXT,
    "quantity": _NUMBER,
    "unit_amount": _NUMBER,
    "price_id": _TEXT,
}
_REFUND: Final[Mapping[str, Shape]] = {
    "refund_id": _TEXT,
    "amount": _NUMBER,
    "status": _TEXT,
    "reason": _TEXT,
    "by": _TEXT,
    "at": _TIME,
}
ORDER: Final = Fields(
    required={
        "_id": _TEXT,
        "customer_id": _TEXT,
        "trace_id": _TEXT,
        "status": _TEXT,
        "version": _NUMBER,
        "currency": _TEXT,
        "lines": Elements(Fields(_LINE, {}), least=1),
        "history": Elements(Fields({"status": _TEXT, "at": _TIME}, {}), least=1),
        "checkout": Fields(
            {"attempt": _NUMBER, "expires_at": _TIME},
            {"session_id": _MAYBE_TEXT, "url": _MAYBE_TEXT},
        ),
        "payment": OrNull(Fields(_ONE_PAYMENT, {})),
        "outbox": Elements(
            Fields({"event_id": _TEXT, "event_type": _TEXT, "occurred_at": _TIME}, {})
        ),
    },
    # Release 0.1 does not write these.
    optional={
        "payments": ByKey(Fields({}, {})),
        "token_key_id": _TEXT,
        "resumed_at": Value(datetime | None),
    },
)
PAYMENTS: Final = Elements(
    Fields(
        _ONE_PAYMENT,
        {
            "refunds": ByKey(Fields(_REFUND, {})),
            "dispute": _MAYBE_TEXT,
            "refund_reason": _MAYBE_TEXT,
        },
    )
)


def require(order_id: object, path: str, stored: object, shape: Shape) -> None:
    """Check a document, or the part of it at that path.

    Raises:
        OrderUnreadableError: it has another shape. The text names fields and shows no values.
    """
    if problems := list(islice(shape.problems(path, stored), _MAX_PROBLEMS)):
        raise OrderUnreadableError(order_id, problems)


def _name(value: object) -> str:
    return "null" if value is None else f"of type {type(value).__name__}"
