"""The requests that the back office answers."""

from typing import TYPE_CHECKING, Annotated, Final, get_args

from pydantic import Field, TypeAdapter, ValidationError

from gorder.constraints import ID_FORM, MAX_UNITS, MAX_WORDS_LENGTH, RECEIPT_ID_FORM
from gorder.contracts.back_office_audit import AuditRequest
from gorder.contracts.back_office_orders import MAX_LISTED, OrderRequest
from gorder.contracts.back_office_stock import StockRequest
from gorder.contracts.base import MAX_FAULTS, field_path
from gorder.errors import BusinessError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


BackOfficeRequest = StockRequest | OrderRequest | AuditRequest

_REQUEST: TypeAdapter[BackOfficeRequest] = TypeAdapter(
    Annotated[BackOfficeRequest, Field(discriminator="command")]
)
_COMMANDS = ", ".join(
    get_args(request.model_fields["command"].annotation)[0]
    for request in get_args(BackOfficeRequest)
)
_MUST: Final = {
    "quantity": f"must be a whole number from 1 to {MAX_UNITS}",
    "receipt_id": f"must be {RECEIPT_ID_FORM}",
    "product_id": f"must be {ID_FORM}",
    "order_id": f"must be {ID_FORM}",
    "reason": f"must be 1 to {MAX_WORDS_LENGTH} visible characters on one line, without a space "
    "at either end",
    "limit": f"must be a whole number from 1 to {MAX_LISTED}",
    "after": "must be Stripe's id of a payment, which begins with pi_ or cs_",
    "full": "must be true or false",
    "begin_at": "must be the `next` of a full audit that was not complete",
    "by": "must be 1 to 128 ASCII characters without a space at either end",
}


class InvalidRequest(BusinessError):
    """A back office request names no command, or a field is missing or wrong."""

    status = 400
    code = "invalid_request"


def parse_request(body: str) -> BackOfficeRequest:
    """Parse a request.

    Raises:
        InvalidRequest: the body is not a request. The text names up to 20 wrong fields, each with
            its bound.
    """
    try:
        return _REQUEST.validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:MAX_FAULTS]
        problems = "; ".join(map(_describe, faults))
        raise InvalidRequest(f"Invalid back office request: {problems}") from None


def _describe(error: "ErrorDetails") -> str:
    match error["type"]:
        case "json_invalid":
            return "request: is not JSON that can be read"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"command: must be one of {_COMMANDS}"
    if not error["loc"]:
        return "request: must be a JSON object"
    field = field_path(error["loc"][1:])  # the first one is the command
    match error["type"]:
        case "missing":
            return f"{field}: is required"
        case "extra_forbidden":
            return f"{field}: is not a known field"
        case _:
            return f"{field}: {_MUST[field]}"
