"""Handle API Gateway events. An error is answered with an RFC 9457 problem document."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from gorder.constraints import ID_PATTERN
from gorder.contracts.base import Contract
from gorder.errors import BusinessError, Kind
from gorder.runtime.entry import LambdaHandler, lambda_function
from gorder.runtime.errors import classified
from gorder.runtime.etags import etag_of, is_known
from gorder.runtime.observability import log_context, report
from gorder.runtime.trace import current_trace_id

PROBLEM_JSON: Final = "application/problem+json"
INTERNAL_ERROR_DETAIL: Final = (
    "An internal error occurred. Try again; if it persists, report the trace_id."
)
_RETRY_AFTER_SECONDS: Final = "1"
_UTF_8: Final = {"utf-8", "utf8", "us-ascii", "ascii"}  # ASCII text is UTF-8


class Unauthorized(BusinessError):
    """The request carries no credentials."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("Send the order's access token: Authorization: Bearer <access_token>.")


class UnsupportedMediaType(BusinessError):
    """The request has no `Content-Type`, or one that is not JSON in UTF-8."""

    status = 415
    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("Send JSON in UTF-8 with the header Content-Type: application/json.")


class UnsupportedContentEncoding(BusinessError):
    """The request's body has a `Content-Encoding`, such as gzip."""

    status = 415
    code = "unsupported_content_encoding"

    def __init__(self) -> None:
        super().__init__("Send the body uncompressed, without the header Content-Encoding.")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request.

    Attributes:
        path: the path parameters as sent; read an id with `path_id`.
        headers: by lower-case name.
        body: the bytes as sent; read JSON with `json_body`.
        trace_id: the trace that this request began or belongs to.
        addresses: those that the request has come from, by `X-Forwarded-For`; the last one is the
            address that API Gateway received it from, and the others can be forged.
    """

    path: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    trace_id: str
    addresses: tuple[str, ...]

    def path_id(self, name: str, invalid: BusinessError) -> str:
        """Return the id that a path parameter holds.

        Args:
            name: the path parameter.
            invalid: the error to raise if its value cannot be an id.
        """
        value = self.path[name]
        if not re.fullmatch(ID_PATTERN, value):
            raise invalid
        return value

    def bearer_token(self) -> str:
        """Return the token of the Authorization header.

        Raises:
            Unauthorized: the header is missing or has no bearer token.
        """
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized
        return token.strip()

    def json_body(self) -> bytes:
        """Return the body if it is declared to be JSON in UTF-8. It is not parsed here.

        Raises:
            UnsupportedMediaType: the Content-Type is missing, another type or another charset.
        """
        media_type, charset = _content_type(self.headers.get("content-type", ""))
        if media_type != "application/json" or charset not in _UTF_8:
            raise UnsupportedMediaType
        return self.body


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response with a JSON body.

    `can_be_revalidated`: it has an `ETag`, and a client that has this body gets 304 without it.
    """

    status: HTTPStatus
    body: Contract
    headers: Mapping[str, str] = field(default_factory=dict)
    can_be_revalidated: bool = False


def _content_type(header: str) -> tuple[str, str]:
    """Return the media type and the charset, both in lower case. Other parameters are ignored."""
    message = Message()
    message["Content-Type"] = header.encode("ascii", "replace").decode()  # email refuses surrogates
    return message.get_content_type(), str(message.get_param("charset", "utf-8")).lower()


def http_function[S](
    respond: Callable[[HttpRequest, S], HttpResponse], service: Callable[[], S]
) -> LambdaHandler:
    """Return a Lambda handler that answers API Gateway with `respond(request, service())`."""

    @lambda_function
    def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        trace_id = current_trace_id()
        with log_context(trace_id):
            try:
                request = _request(event, trace_id)
                response = respond(request, service())
            except Exception as error:  # noqa: BLE001 - the entry point: every error becomes a response
                return _problem(error, trace_id)
            return _answer(response, request.headers.get("if-none-match", ""))

    return handler


def _answer(response: HttpResponse, if_none_match: str) -> dict[str, Any]:
    body = response.body.model_dump_json(exclude_none=True)
    headers = dict(response.headers)
    if response.can_be_revalidated:
        headers["ETag"] = etag_of(body.encode())
        if is_known(headers["ETag"], if_none_match):
            return _api_gateway_response(HTTPStatus.NOT_MODIFIED, "", headers)
    return _api_gateway_response(
        response.status, body, {"Content-Type": "application/json"} | headers
    )


def _request(event: dict[str, Any], trace_id: str) -> HttpRequest:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    # Invalid Unicode stays invalid, so that the reader of the body refuses it.
    body = (event.get("body") or "").encode(errors="surrogatepass")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    # LocalStack decompresses gzip and changes the header to `identity`, which is refused too.
    if body and "content-encoding" in headers:
        raise UnsupportedContentEncoding
    return HttpRequest(
        path=event.get("pathParameters") or {},
        headers=headers,
        body=body,
        trace_id=trace_id,
        addresses=_addresses(event, headers.get("x-forwarded-for", "")),
    )


def _addresses(event: dict[str, Any], forwarded_for: str) -> tuple[str, ...]:
    identity = (event.get("requestContext") or {}).get("identity") or {}
    source = identity.get("sourceIp") or ""
    named = [address.strip() for address in forwarded_for.split(",") if address.strip()]
    if named and named[-1] == source:  # API Gateway appends it
        named.pop()
    return (*named, source)


def problem_document(error: Exception, trace_id: str) -> dict[str, object]:
    """Return the problem document of an error.

    A business error is described to the client. Of any other error only the code is published.
    """
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
    return document | {"detail": INTERNAL_ERROR_DETAIL}


def _problem(error: Exception, trace_id: str) -> dict[str, Any]:
    found = classified(error)
    status = HTTPStatus(found.status)
    headers = {"Content-Type": PROBLEM_JSON}
    if found.kind is not Kind.BUSINESS:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(found, UnsupportedContentEncoding):
        headers["Accept-Encoding"] = "identity"
    report(error, "http.failed")
    body = json.dumps(problem_document(error, trace_id), ensure_ascii=False)
    return _api_gateway_response(status, body, headers)


def _api_gateway_response(
    status: HTTPStatus, body: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    common = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return {"statusCode": status.value, "headers": {**common, **headers}, "body": body}
