"""How the body of a request is read: strictly, and with a problem text for each field."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final, Never, override

from pydantic import ValidationError

from gorder.contracts.base import MAX_FAULTS, Contract, field_path
from gorder.errors import BusinessError

MAX_BODY_BYTES = 64 * 1024
_PROBLEMS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "model_type": "must be a JSON object",
    "list_type": "must be a JSON array",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be an integer",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_short": "must have at least {min_length} entry",
    "note_length": "must have 1 to {max_length} characters",
    "note_characters": "must be one line without control characters",
    "note_blank": "must have a visible character",
}


class InvalidBody(BusinessError):
    """The request body does not fit its schema. `errors` lists each field and its problem."""

    status = 422
    code = "invalid_body"

    def __init__(self, errors: Iterable[dict[str, str]]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{e['field']}: {e['problem']}" for e in self.errors))

    @override
    def members(self) -> Mapping[str, object]:
        return {"errors": self.errors}


class MalformedJson(BusinessError):
    """The request body is not a JSON document in UTF-8."""

    status = 400
    code = "malformed_json"


class BodyTooLarge(BusinessError):
    """The request body has more than 64 KiB, or that of a webhook more than 256 KiB."""

    status = 413
    code = "body_too_large"


def read_body[B: Contract](model: type[B], body: bytes) -> B:
    """Read a JSON request body strictly.

    Raises:
        BodyTooLarge: the body has more than 64 KiB.
        MalformedJson: the body is not JSON, or not UTF-8.
        InvalidBody: the JSON does not fit the model.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body has {len(body)} bytes; at most {MAX_BODY_BYTES} are allowed.")
    try:
        return model.model_validate(parse_json(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)[:MAX_FAULTS]
        raise InvalidBody(
            {
                "field": field_path(fault["loc"]) or "body",
                "problem": _problem(fault["type"], fault.get("ctx")),
            }
            for fault in faults
        ) from None


def parse_json(body: bytes) -> object:
    """Parse JSON as RFC 8259 defines it; pydantic's parser accepts NaN and repeated names.

    Raises:
        MalformedJson: the body is not JSON, or not UTF-8.
        InvalidBody: an object has a name twice.
    """
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_unique_names,
            parse_constant=_refuse_constant,
            parse_int=_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not JSON: byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedJson(f"The body is not JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise MalformedJson("The body is not JSON that can be read: nested too deeply.") from None


def _number(text: str) -> int | float:
    """Read a number. 2, 2.0 and 2e0 are the same integer, as in JSON Schema.

    A number beyond the range of a double becomes the largest one, which no field allows either.
    """
    number = max(-sys.float_info.max, min(float(text), sys.float_info.max))
    return int(number) if number.is_integer() else number


def _unique_names(members: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in members:
        if name in found:
            raise InvalidBody([{"field": field_path([name]), "problem": "is given more than once"}])
        found[name] = value
    return found


def _refuse_constant(name: str) -> Never:
    raise MalformedJson(f"The body is not JSON: {name} is not a JSON number.")


def _problem(fault: str, context: Mapping[str, Any] | None) -> str:
    """Describe a validation fault in words that do not depend on pydantic's version."""
    return _PROBLEMS.get(fault, "is not valid").format_map(context or {})
