"""Error responses in Stripe's format."""

from http import HTTPStatus

from devstack.stripe_standin.http_messages import StandinResponse
from devstack.stripe_standin.sdk_schema import Path, Violation, ViolationKind
from devstack.stripe_standin.stripe_json import encode


class ApiError(Exception):
    """An error response. `stored` says whether the idempotency key replays it.

    Stripe stores the result of a request once its execution has begun. It does not store a
    rejection of the parameters or of the key.
    """

    def __init__(
        self,
        message: str,
        *,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = True,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.headers = headers or {}
        fields = {"code": code, "message": message, "param": param, "type": type_}
        self.body = {"error": {name: v for name, v in fields.items() if v is not None}}

    @property
    def response(self) -> StandinResponse:
        return StandinResponse(self.status, encode(self.body), self.headers)


def bad_param(message: str, param: str, code: str | None = None) -> ApiError:
    """Reject a parameter before the request is executed."""
    return ApiError(message, code=code, param=param, stored=False)


def no_such(kind: str, object_id: str, param: str = "id") -> ApiError:
    """Report an unknown id: 404 in the path, 400 in a parameter."""
    status = HTTPStatus.NOT_FOUND if param == "id" else HTTPStatus.BAD_REQUEST
    message = f"No such {kind}: '{object_id}'"
    return ApiError(message, status=status, code="resource_missing", param=param)


def card_declined() -> ApiError:
    """Report a payment that the card issuer declined."""
    return ApiError(
        "Your card was declined.",
        status=HTTPStatus.PAYMENT_REQUIRED,
        type_="card_error",
        code="card_declined",
    )


def invalid_form(name: str) -> ApiError:
    """Report a form that cannot be decoded."""
    return bad_param(f"Invalid form field name: {name}", name)


def from_violation(violation: Violation) -> ApiError:
    """Report a schema violation of a parameter, in Stripe's words."""
    param = param_name(violation.path)
    match violation.kind:
        case ViolationKind.UNKNOWN:
            return bad_param(f"Received unknown parameter: {param}", param, "parameter_unknown")
        case ViolationKind.MISSING:
            return bad_param(f"Missing required param: {param}.", param, "parameter_missing")
        case ViolationKind.INVALID:
            return bad_param(f"Invalid {param}: {violation.message}", param)


def param_name(path: Path) -> str:
    """Write a path as a form field's name: `line_items[0][price]`."""
    first, *rest = map(str, path)
    return first + "".join(f"[{part}]" for part in rest)
