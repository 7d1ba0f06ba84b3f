"""The rules every message between services obeys."""

from pydantic import BaseModel, ConfigDict, ValidationError

from gorder.errors import BusinessError


class Contract(BaseModel):
    """A message: immutable, strictly typed, and refused when it has a field nobody declared."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class InvalidRequest(BusinessError):
    """What a person asked for is none of the commands there are, or is not complete."""

    status = 400
    code = "invalid_request"


def describe_validation_error(error: ValidationError) -> str:
    """Where a message is wrong and how, without what it holds."""
    listed = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in listed)
