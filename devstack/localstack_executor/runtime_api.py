"""Implements the Lambda Runtime API for the runtime client in one function process.

The client sends no credentials, and reports a failed import to a host and port without a path, in
which a secret could be. So the kernel is asked which process connects: only the function's own may
read its events and answer them.
"""

import json
import socket
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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

    def has_socket(self, inode: str) -> bool:
        """Whether a socket is the function process's own."""
        ...

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
    """Serves one runtime client, on a port of its own. Closes the connections of others."""

    def __init__(self, runtime: Runtime) -> None:
        handler = type("Handler", (_RuntimeApiHandler,), {"runtime": runtime})
        self._server = _RuntimeApiServer((LOOPBACK, 0), handler)
        self._server.runtime = runtime
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _RuntimeApiServer(ThreadingHTTPServer):
    daemon_threads = True
    runtime: Runtime

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401 - the base class's signature
        """Whether the connection is one of the function's process."""
        inode = _inode(client_address, request.getsockname())
        return inode is not None and self.runtime.has_socket(inode)

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


def _inode(local: tuple[str, int], remote: tuple[str, int]) -> str | None:
    """Return the inode of the socket of this machine with these addresses, if it is still open."""
    wanted = [_hexadecimal(local), _hexadecimal(remote)]
    with Path("/proc/net/tcp").open() as connections:
        for connection in connections:
            fields = connection.split()
            if fields[1:3] == wanted:
                return fields[9]
    return None


def _hexadecimal(address: tuple[str, int]) -> str:
    """Return an address as in /proc/net/tcp."""
    host, port = address
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
