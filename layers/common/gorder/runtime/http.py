"""From an API Gateway event to a handler and back; errors as RFC 9457 problem documents."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.contracts.api import ID
from gorder.contracts.base import Contract
from gorder.errors import BusinessError, Kind
from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.errors import classified
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

PROBLEM_JSON = "application/problem+json"
_RETRY_AFTER_SECONDS = "1"


class Unauthorized(BusinessError):
    """The request carries no credentials."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("Send the order's access token: Authorization: Bearer <access_token>.")


class UnsupportedMediaType(BusinessError):
    """The body is of another type than JSON, or does not say of which."""

    status = 415
    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("Send JSON in UTF-8 and say so: Content-Type: application/json.")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request.

    `path` has its ids, empty where there is what cannot be one; `headers` have lower-case names;
    `body` is what the client sent, decoded.
    """

    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    trace_id: str

    def bearer_token(self) -> str:
        """The token of the Authorization header.

        Raises:
            Unauthorized: there is none.
        """
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized
        return token.strip()

    def json_body(self) -> bytes:
        """The body, declared to be JSON; whether it is one is the reader's to say.

        Raises:
            UnsupportedMediaType: it is declared as something else, or as nothing.
        """
        media_type, _, parameters = self.headers.get("content-type", "").lower().partition(";")
        charset = parameters.replace('"', "").strip()
        if media_type.strip() != "application/json" or charset not in {"", "charset=utf-8"}:
            raise UnsupportedMediaType
        return self.body


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP answer with a JSON body."""

    status: HTTPStatus
    body: Contract
    headers: Mapping[str, str] = field(default_factory=dict)


def http_function[S](
    respond: Callable[[HttpRequest, S], HttpResponse], service: Callable[[], S]
) -> LambdaHandler:
    """The Lambda handler that answers API Gateway with `respond(request, service())`."""

    @lambda_function
    def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        trace_id = current_trace_id()
        with log_context(trace_id):
            try:
                response = respond(_request(event, trace_id), service())
            except Exception as error:  # noqa: BLE001 - the edge: every error becomes an answer
                return _problem(error, trace_id)
            body = response.body.model_dump_json(exclude_none=True)
            return _answer(response.status, body, "application/json", response.headers)

    return handler


def _request(event: dict[str, Any], trace_id: str) -> HttpRequest:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = (event.get("body") or "").encode(errors="surrogatepass")  # what is no UTF-8 stays so
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    ids = event.get("pathParameters") or {}
    path = {name: value if re.fullmatch(ID, value) else "" for name, value in ids.items()}
    return HttpRequest(path, headers, body, trace_id)


def problem_document(error: Exception, trace_id: str) -> dict[str, object]:
    """What the client is told (RFC 9457): all of a business error, nothing of any other."""
    found = classified(error)
    status = HTTPStatus(found.status)
    document: dict[str, object] = {
        "type": f"urn:gorder:problem:{found.code}",
        "title": status.phrase,
        "status": status.value,
        "code": found.code,
        "trace_id": trace_id,
    }
    if found.kind is Kind.BUSINESS:
        return document | {"detail": str(error), **found.members()}
    return document | {"detail": "This is our fault. Try again; if it stays, report the trace_id."}


def _problem(error: Exception, trace_id: str) -> dict[str, Any]:
    found = classified(error)
    status = HTTPStatus(found.status)
    headers = {} if found.kind is Kind.BUSINESS else {"Retry-After": _RETRY_AFTER_SECONDS}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    report(error, "http.failed")
    body = json.dumps(problem_document(error, trace_id), ensure_ascii=False)
    return _answer(status, body, PROBLEM_JSON, headers)


def _answer(
    status: HTTPStatus, body: str, content_type: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": content_type, "Cache-Control": "no-store", **headers},
        "body": body,
    }
