"""Failures on demand: the next calls that match answer badly, late, or not at all."""

import re
import threading
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from devstack.stripe_standin.errors import ApiError

CODES = {
    HTTPStatus.PAYMENT_REQUIRED: "card_declined",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit",
}


class ConnectionDroppedError(Exception):
    """The connection is to be closed without an answer."""


class Fault(BaseModel):
    """What befalls the next `times` calls to a method (any when None) and path (a regex).

    With `after`, the work is done and kept first, so only the answer is lost. With `kept`, the
    failure is what the call's idempotency key replays, as Stripe does when it fails at its work.
    """

    model_config = ConfigDict(extra="forbid")

    path: re.Pattern[str]
    method: str | None = None
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    hang_seconds: Annotated[float, Field(ge=0)] = 0.0
    drop_connection: bool = False
    after: bool = False
    kept: bool = False
    times: Annotated[int, Field(ge=1)] = 1


class Faults:
    """The faults in wait. They end with the process, or when cleared."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def stop(self) -> None:
        """Let calls that hang go on at once: the server is stopping."""
        self._stopping.set()

    def take(self, method: str, path: str) -> Fault | None:
        """Find the first fault that matches, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.method in {None, method} and fault.path.match(path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def befall(self, fault: Fault) -> None:
        """Do to a call what the fault says.

        Raises:
            ApiError: the status asked for.
            ConnectionDroppedError: no answer is to be given.
        """
        self._stopping.wait(fault.hang_seconds)
        if fault.drop_connection:
            raise ConnectionDroppedError
        if fault.status is not None:
            status = HTTPStatus(fault.status)
            raise ApiError(
                "A failure asked for through /_test/faults.",
                status=status,
                type_=_error_type(status),
                code=CODES.get(status),
                kept=fault.kept,
            )


def _error_type(status: HTTPStatus) -> str:
    if status is HTTPStatus.PAYMENT_REQUIRED:
        return "card_error"
    return "api_error" if status.is_server_error else "invalid_request_error"
