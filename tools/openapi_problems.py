"""Describe the error responses of docs/openapi.yaml: problem documents, by status and code."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from devstack.template import resources
from gorder.errors import GorderError, Kind
from gorder.runtime.errors import InternalError
from gorder.runtime.http import PROBLEM_JSON, problem_document
from tools.error_classes import coded_errors
from tools.openapi_examples import ERROR_EXAMPLES, UNAVAILABLE

type Json = dict[str, Any]

TRACE_ID: Final = "1-6926f5c0-0123456789abcdef01234567"
# Where errors of the functions behind the API are defined. A failure of stock_check reaches them as
# StockUnavailableError.
_PACKAGES: Final = (
    "gorder.clients.",
    "gorder.contracts.bus",
    "gorder.errors",
    "gorder.order.",
    "gorder.payment.",
    "gorder.runtime.",
)
_ELSEWHERE: Final = {"gorder.runtime.custom_resource"}  # raised by `migrate`, which has no route
_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}
}


def error_responses(errors: Iterable[type[GorderError]]) -> Json:
    """Return the error responses of an operation that can answer with these business errors."""
    by_status: dict[str, Json] = {}
    for error in errors:
        example = ERROR_EXAMPLES[error]
        problem = problem_document(example, TRACE_ID)
        by_status.setdefault(str(example.status), {})[example.code] = problem
    responses = {status: _response(found) for status, found in sorted(by_status.items())}
    responses.setdefault("404", {"$ref": "#/components/responses/NoSuchRoute"})
    return responses | {
        "429": {"$ref": "#/components/responses/Throttled"},
        "4XX": {"$ref": "#/components/responses/Refused"},
        "500": {"$ref": "#/components/responses/InternalError"},
        "503": {"$ref": "#/components/responses/Unavailable"},
        "5XX": {"$ref": "#/components/responses/GatewayError"},
    }


def shared_responses() -> Json:
    """Return the responses that every operation shares."""
    return {
        "NoSuchRoute": _gateway_response("MISSING_AUTHENTICATION_TOKEN"),
        "Throttled": _gateway_response("THROTTLED") | {"headers": _RETRY_AFTER},
        "Refused": _gateway_response("DEFAULT_4XX")
        | {"description": "`refused`: API Gateway refused the request"},
        "InternalError": _failure(InternalError(), Kind.DEFECT)
        | {"description": "A defect of the server, and reported to its operators"},
        "Unavailable": _failure(UNAVAILABLE, Kind.TRANSIENT)
        | {"description": "A dependency is unavailable or busy; the same request may succeed"},
        "GatewayError": _gateway_response("DEFAULT_5XX")
        | {"description": "`internal_error`: no answer in time", "headers": _RETRY_AFTER},
    }


def problem_schemas() -> Json:
    """Return the schema of a problem document, and that of its codes."""
    return {"Problem": _problem(), "ProblemCode": _problem_code()}


def _problem_code() -> Json:
    business = {error.code for error in ERROR_EXAMPLES}
    gateway = {problem["code"] for problem in _gateway_problems().values()}
    codes = business | gateway | {*_codes(Kind.DEFECT), *_codes(Kind.TRANSIENT)}
    return {
        "description": "The codes of this release",
        "type": "string",
        "enum": sorted(codes),
    }


def _problem() -> Json:
    text = {"type": "string"}
    number = {"type": "integer"}
    fault = {"field": text, "problem": text}
    line = {
        "product_id": text,
        "requested": number,
        "available": {"type": ["integer", "null"]},
    }
    return {
        "description": "A problem document (RFC 9457)",
        "type": "object",
        "required": ["type", "code", "trace_id", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": number,
            "code": {
                "description": "A later release may add a code: expect unknown ones.",
                "anyOf": [{"$ref": "#/components/schemas/ProblemCode"}, text],
            },
            "trace_id": text,
            "detail": text,
            "errors": _list_of(fault, "With `invalid_body`: each invalid field and its problem"),
            "items": _list_of(
                line,
                "With errors about products: each refused line, the units available, and the "
                "reason if the product cannot be ordered at all",
                reason=text,
            ),
        },
    }


def _list_of(properties: Json, description: str, **optional: Json) -> Json:
    every = {**properties, **optional}
    item = {"type": "object", "required": list(properties), "properties": every}
    return {"type": "array", "description": description, "items": item}


def _response(problems: Mapping[str, Json], codes: Iterable[str] = ()) -> Json:
    """Describe a response with an example of each problem; `codes` are further ones."""
    every = [*problems, *(code for code in codes if code not in problems)]
    known = {"code": {"anyOf": [{"enum": every}, {"type": "string"}]}}
    # Beside `$ref`, so that validators check the codes and generated clients have one class.
    schema = {"$ref": "#/components/schemas/Problem", "properties": known}
    examples = {code: {"value": problem} for code, problem in problems.items()}
    return {
        "description": ", ".join(f"`{code}`" for code in every),
        "content": {PROBLEM_JSON: {"schema": schema, "examples": examples}},
    }


def _failure(example: GorderError, kind: Kind) -> Json:
    problem = problem_document(example, TRACE_ID)
    return _response({example.code: problem}, _codes(kind)) | {"headers": _RETRY_AFTER}


def _codes(kind: Kind) -> list[str]:
    return [
        error.code
        for error in coded_errors()
        if error.kind is kind
        and error.__module__.startswith(_PACKAGES)
        and error.__module__ not in _ELSEWHERE
    ]


def _gateway_response(name: str) -> Json:
    problem = _gateway_problems()[name]
    return _response({problem["code"]: problem})


def _gateway_problems() -> dict[str, Json]:
    """Return the problem documents that API Gateway writes, from template.yaml."""
    [api] = resources("AWS::Serverless::Api").values()
    return {
        name: json.loads(
            response["ResponseTemplates"]["application/json"]
            .replace("$context.xrayTraceId", TRACE_ID)
            .replace("$context.error.messageString", '"Forbidden"')
        )
        for name, response in api["GatewayResponses"].items()
    }
