"""The requests that the back office answers."""

from typing import TYPE_CHECKING, Annotated, Final, get_args

from pydantic import Field, TypeAdapter, ValidationError

from gorder.constraints import (
    ID_FORM,
    MAX_INTEGER,
    MAX_UNITS,
    MAX_WORDS_LENGTH,
    RECEIPT_ID_FORM,
)
from gorder.contracts.back_office_audit import AuditRequest
from gorder.contracts.back_office_menu import MenuRequest
from gorder.contracts.back_office_messages import MessageRequest, QueueName
from gorder.contracts.back_office_order_repairs import MAX_FIELDS, OrderRepairRequest
from gorder.contracts.back_office_orders import (
    MAX_EXPORTED,
    MAX_LISTED,
    OrderRequest,
    OrderStatus,
)
from gorder.contracts.back_office_report import ReportDayRequest
from gorder.contracts.back_office_stock import StockRequest
from gorder.contracts.back_office_stock_repairs import StockRepairRequest
from gorder.contracts.base import MAX_FAULTS, field_path
from gorder.errors import BusinessError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


BackOfficeRequest = (
    StockRequest
    | StockRepairRequest
    | MenuRequest
    | OrderRequest
    | OrderRepairRequest
    | MessageRequest
    | AuditRequest
    | ReportDayRequest
)

_REQUEST: TypeAdapter[BackOfficeRequest] = TypeAdapter(
    Annotated[BackOfficeRequest, Field(discriminator="command")]
)
_COMMANDS = ", ".join(
    get_args(request.model_fields["command"].annotation)[0]
    for request in get_args(BackOfficeRequest)
)
_MOMENT: Final = "must be a time in ISO 8601 with a zone, such as 2026-11-23T12:00:00Z"
_YES_OR_NO: Final = "must be true or false"
_WRONG: Final = {"missing": "is required", "extra_forbidden": "is not a known field"}
_MUST: Final = {
    "quantity": f"must be a whole number from 1 to {MAX_UNITS}",
    "counted": f"must be a whole number from 0 to {MAX_UNITS}",
    "as": "must be returned, wasted or released",
    "receipt_id": f"must be {RECEIPT_ID_FORM}",
    "entry_id": f"must be {RECEIPT_ID_FORM}",
    "repair_id": f"must be {RECEIPT_ID_FORM}",
    "repair_stock_order.order_id": f"must be {RECEIPT_ID_FORM}",
    "list_stock_repairs.after": f"must be {RECEIPT_ID_FORM}",
    "keep": "must be movements, reservation or order",
    "state": "must be held, confirmed, released, returned or wasted",
    "product_id": f"must be {ID_FORM}",
    "order_id": f"must be {ID_FORM}",
    "reason": f"must be 1 to {MAX_WORDS_LENGTH} visible characters on one line, without a space "
    "at either end",
    "limit": f"must be a whole number from 1 to {MAX_LISTED}",
    "after": f"must be {ID_FORM}",
    "list_unmatched_payments.after": "must be Stripe's id of a payment, which begins with pi_ or "
    "cs_",
    "export_orders.limit": f"must be a whole number from 1 to {MAX_EXPORTED}",
    "report_day.after": "must be the `next` of the page before",
    "begin": _MOMENT,
    "end": _MOMENT,
    "customer_id": f"must be {ID_FORM}",
    "status": f"must be a list of one or several of {', '.join(get_args(OrderStatus))}",
    "placed_from": _MOMENT,
    "placed_until": _MOMENT,
    "stuck": _YES_OR_NO,
    "dry_run": _YES_OR_NO,
    "amount": f"must be a whole number of minor units from 1 to {MAX_INTEGER}",
    "refunded_before": f"must be a whole number of minor units from 0 to {MAX_INTEGER}",
    "set": f"must be up to {MAX_FIELDS} values by the path of a field, such as lines.0.quantity",
    "unset": f"must be up to {MAX_FIELDS} paths of fields, such as payments.pi_1.dispute",
    "show_document.repair_id": "must be the id that show_document shows",
    "payment": "must be Stripe's id of a payment, which begins with pi_",
    "queue": f"must be one of {', '.join(get_args(QueueName))}",
    "message_id": "must be the id that list_dead_letters shows",
    "all": _YES_OR_NO,
    "full": _YES_OR_NO,
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
    match error["type"], error["loc"]:
        case "json_invalid", _:
            return "request: is not JSON that can be read"
        case "union_tag_invalid" | "union_tag_not_found", _:
            return f"command: must be one of {_COMMANDS}"
        case (("refunded_before_missing" | "choice" | "period"), _):  # of two fields
            return error["msg"]
        case kind, (str(command), name, *_):
            known = _WRONG.get(kind) or _MUST.get(f"{command}.{name}") or _MUST[str(name)]
            return f"{field_path(error['loc'][1:])}: {known}"
        case _:
            return "request: must be a JSON object"
