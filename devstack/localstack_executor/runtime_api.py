"""Implements the Lambda Runtime API for the runtime client in one function process."""

import json
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Invocation:
    """One event for the function. `timeout` is in seconds, from the delivery of the event."""

    request_id: str
    function_arn: str
    trace_header: str
    payload: bytes
    timeout: float


@dataclass(frozen=True)
class InvocationResponse:
    """The response of an invocation: the handler's result, or an error as Lambda reports it."""

    body: bytes
    is_error: bool


def error_response(error_type: str, message: str) -> InvocationResponse:
    """Create the response for an error that the function could not report itself."""
    return InvocationResponse(
        json.dumps({"errorType": error_type, "errorMessage": message}).encode(), True
    )


class Runtime(Protocol):
    """The operations that the runtime client calls through the API."""

    def next_invocation(self) -> tuple[Invocation, int] | None:
        """Wait for an event and its deadline in epoch milliseconds. None: the process exited."""
        ...

    def responded(self, request_id: str, response: InvocationResponse) -> None:
        """Report that the handler returned or raised."""
        ...

    def init_failed(self, body: bytes) -> None:
        """Report that the handler's module could not be imported."""
        ...


class RuntimeApi:
    """Serves one runtime client, on a port of its own because the client accepts no path."""

    def __init__(self, runtime: Runtime) -> None:
        handler = type("Handler", (_RuntimeApiHandler,), {"runtime": runtime})
        self._server = _RuntimeApiServer((LOOPBACK, 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _RuntimeApiServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Print every error except the lost connection of a killed function."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one TCP segment; two would wait 40 ms for a delayed ACK
    runtime: Runtime

    def do_GET(self) -> None:
        if not self.path.endswith("/runtime/invocation/next"):
            self._reply(HTTPStatus.NOT_FOUND)
            return
        following = self.runtime.next_invocation()
        if following is None:
            self.close_connection = True
            return
        invocation, deadline = following
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_header,  # becomes _X_AMZN_TRACE_ID
            "Lambda-Runtime-Deadline-Ms": str(deadline),
        }
        self._reply(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        *_, request_id, kind = self.path.split("/")
        if self.path.endswith("/runtime/init/error"):
            self.runtime.init_failed(body)
        elif kind in {"response", "error"}:
            self.runtime.responded(request_id, InvocationResponse(body, kind == "error"))
        else:
            self._reply(HTTPStatus.NOT_FOUND)
            return
        self._reply(HTTPStatus.ACCEPTED, b'{"status":"OK"}')

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(
        self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Print nothing, because LocalStack logs the invocations."""
