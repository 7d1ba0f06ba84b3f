"""The Lambda Runtime API, as the real runtime client in one function process sees it."""

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
    """One event for the function. `timeout` is in seconds, counted from when it is handed over."""

    request_id: str
    function_arn: str
    trace_header: str
    payload: bytes
    timeout: float


@dataclass(frozen=True)
class Answer:
    """What came of an invocation: the handler's result, or an error as Lambda reports it."""

    body: bytes
    is_error: bool


def error(error_type: str, message: str) -> Answer:
    """An answer for what the function could not say itself."""
    return Answer(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), True)


class Runtime(Protocol):
    """What the API is asked and told by the runtime client."""

    def next_invocation(self) -> tuple[Invocation, int] | None:
        """Wait for an event; its deadline is in epoch milliseconds. None: the client is gone."""
        ...

    def answered(self, request_id: str, answer: Answer) -> None:
        """The handler returned or raised."""
        ...

    def init_failed(self, body: bytes) -> None:
        """The handler's module could not be imported."""
        ...


class RuntimeApi:
    """A server for one runtime client, on a port of its own because the client takes no path."""

    def __init__(self, runtime: Runtime) -> None:
        handler = type("Handler", (_Handler,), {"runtime": runtime})
        self._server = _Server((LOOPBACK, 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Say nothing of a function that was killed; print anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one segment: as two they wait for a delayed ACK, 40 ms
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
            self.runtime.answered(request_id, Answer(body, kind == "error"))
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
        """Say nothing: LocalStack logs the invocations."""
