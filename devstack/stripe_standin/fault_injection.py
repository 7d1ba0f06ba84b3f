"""Injected faults: the next matching API calls fail, hang or drop the connection."""

import re
import threading
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from devstack.stripe_standin.errors import ApiError

CODES = {
    HTTPStatus.PAYMENT_REQUIRED: "card_declined",
    HTTPStatus.NOT_FOUND: "resource_missing",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit",
}


class ConnectionDroppedError(Exception):
    """The connection must be closed without a response."""


class InjectedFault(BaseModel):
    """A fault for the next `times` calls of a method (any if None) whose path matches a regex.

    With `after`, the request is executed and stored first, so that only its response is lost.
    With `stored`, the idempotency key replays the failure, as after an internal error of Stripe.
    """

    model_config = ConfigDict(extra="forbid")

    path: re.Pattern[str]
    method: str | None = None
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    hang_seconds: Annotated[float, Field(ge=0)] = 0.0
    drop_connection: bool = False
    after: bool = False
    stored: bool = False
    times: Annotated[int, Field(ge=1)] = 1


class FaultInjector:
    """Holds the injected faults, in memory, until they are used up or cleared."""

    def __init__(self) -> None:
        self._faults: list[InjectedFault] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def add(self, fault: InjectedFault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def stop(self) -> None:
        """Release hanging calls at once, because the server stops."""
        self._stopping.set()

    def match(self, method: str, path: str) -> InjectedFault | None:
        """Return the first fault that matches a call, and count the call against it."""
        with self._lock:
            for fault in self._faults:
                if fault.method in {None, method} and fault.path.match(path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def apply(self, fault: InjectedFault) -> None:
        """Inject the fault into a call.

        Raises:
            ApiError: the fault has a status.
            ConnectionDroppedError: the fault drops the connection.
        """
        self._stopping.wait(fault.hang_seconds)
        if fault.drop_connection:
            raise ConnectionDroppedError
        if fault.status is not None:
            status = HTTPStatus(fault.status)
            raise ApiError(
                "This failure was injected through /_test/faults.",
                status=status,
                type_=_error_type(status),
                code=CODES.get(status),
                stored=fault.stored,
            )


def _error_type(status: HTTPStatus) -> str:
    if status is HTTPStatus.PAYMENT_REQUIRED:
        return "card_error"
    return "api_error" if status.is_server_error else "invalid_request_error"
