"""The rules every message between services obeys."""

from pydantic import BaseModel, ConfigDict, ValidationError


class Contract(BaseModel):
    """A message: immutable, strictly typed, and refused when it has a field nobody declared."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class InvalidRequest(Exception):  # noqa: N818 - a business fact
    """What a person asked for is none of the commands there are, or is not complete."""


def faults(error: ValidationError) -> str:
    """Where a message is wrong and how, without what it holds."""
    listed = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in listed)
