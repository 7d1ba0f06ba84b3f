"""The base classes of messages: strict for people and clients, tolerant between releases."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MAX_FAULTS: Final = 20  # listed in one error
_SHOULD_BE: Final = "Input should be "
_MAX_NAME_LENGTH: Final = 64  # of a field, as an error shows it


class Contract(BaseModel):
    """A body or a request that a person or a client writes: an unknown field is refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Message(Contract):
    """A message between functions. A field that a later release added is ignored.

    Two releases run side by side during a deployment (ADR 14).
    """

    model_config = ConfigDict(extra="ignore")


def field_path(location: Iterable[str | int]) -> str:
    """Return the path of a field in ASCII, cut: a client may send a name of any length."""
    return ".".join(ascii(step).strip("'\"")[:_MAX_NAME_LENGTH] for step in location)


def describe_validation_error(error: ValidationError) -> str:
    """Return the first invalid fields and their problems, without the fields' values."""
    listed = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, fault['loc']))}: {_problem(fault)}" for fault in listed[:MAX_FAULTS]
    )


def _problem(fault: "ErrorDetails") -> str:
    """Return pydantic's words for what a field should be; other words of it may show a value."""
    words = fault["msg"]
    return (
        f"must be {words.removeprefix(_SHOULD_BE)}"
        if words.startswith(_SHOULD_BE)
        else fault["type"]
    )


def is_later_version(version: object, known: int) -> bool:
    """Return whether a message's version is one that only a later release can know."""
    return type(version) is int and version > known
