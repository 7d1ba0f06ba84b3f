"""What the project's own HTTP servers share: a loopback port, and a thread for each connection."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from devstack.state import LOOPBACK

_POLL_SECONDS = 0.02


class LoopbackServer(ThreadingHTTPServer):
    """A server that does not listen until it is `bound` and `serving`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        """Configure the server. Port 0 selects a free one."""
        super().__init__((LOOPBACK, port), handler, bind_and_activate=False)

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Print every error except a connection that the client closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on unchanged


class LoopbackHandler(BaseHTTPRequestHandler):
    """Serves the requests of a connection, which stays open between them."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    disable_nagle_algorithm = True


@contextmanager
def bound(server: LoopbackServer) -> Iterator[None]:
    """Take the server's port.

    Raises:
        OSError: the port is in use.
    """
    try:
        server.server_bind()
        yield
    finally:
        server.server_close()


@contextmanager
def serving(server: LoopbackServer) -> Iterator[None]:
    """Listen, and serve requests in a thread of its own."""
    server.server_activate()
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def serve_until_stopped(name: str, running: AbstractContextManager[str]) -> None:
    """Enter a server's context, print its base URL, and leave it at SIGTERM or SIGINT."""
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    with running as base_url:
        print(f"{name} on {base_url}", flush=True)
        stop.wait()
