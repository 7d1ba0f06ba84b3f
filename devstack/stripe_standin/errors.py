"""Refusals, in Stripe's shape."""

from http import HTTPStatus

from devstack.stripe_standin.sdk_schema import Fault, Path, Violation


class ApiError(Exception):
    """An answer other than 200. `kept` says whether an idempotency key replays it.

    Stripe keeps what happened once it began to execute a request; it does not keep a refusal of
    the parameters or of the key.
    """

    def __init__(
        self,
        message: str,
        *,
        status: HTTPStatus = HTTPStatus.BAD_REQUEST,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        fields = {"code": code, "message": message, "param": param, "type": type_}
        self.body = {"error": {name: v for name, v in fields.items() if v is not None}}


def bad_param(message: str, param: str, code: str | None = None) -> ApiError:
    """Refuse the parameters before anything is done."""
    return ApiError(message, code=code, param=param, kept=False)


def no_such(kind: str, object_id: str, param: str = "id") -> ApiError:
    """An id that names nothing: 404 in a path, 400 in a parameter."""
    status = HTTPStatus.NOT_FOUND if param == "id" else HTTPStatus.BAD_REQUEST
    message = f"No such {kind}: '{object_id}'"
    return ApiError(message, status=status, code="resource_missing", param=param)


def card_declined() -> ApiError:
    """The customer's bank says no."""
    return ApiError(
        "Your card was declined.",
        status=HTTPStatus.PAYMENT_REQUIRED,
        type_="card_error",
        code="card_declined",
    )


def invalid_form(name: str) -> ApiError:
    """A form that cannot be decoded."""
    return bad_param(f"Invalid form field name: {name}", name)


def from_violation(violation: Violation) -> ApiError:
    """Tell a caller in Stripe's words where a parameter departs from the schema."""
    param = param_name(violation.path)
    match violation.fault:
        case Fault.UNKNOWN:
            return bad_param(f"Received unknown parameter: {param}", param, "parameter_unknown")
        case Fault.MISSING:
            return bad_param(f"Missing required param: {param}.", param, "parameter_missing")
        case Fault.INVALID:
            return bad_param(f"Invalid {param}: {violation.message}", param)


def param_name(path: Path) -> str:
    """Write a path as a form field's name: `line_items[0][price]`."""
    first, *rest = map(str, path)
    return first + "".join(f"[{part}]" for part in rest)
