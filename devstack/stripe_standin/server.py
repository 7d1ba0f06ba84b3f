"""The HTTP server: the API, the pay pages and the test controls on one loopback port."""

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from devstack.stripe_standin import events, pay_page
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.api import Api
from devstack.stripe_standin.controls import PREFIX, Controls
from devstack.stripe_standin.courier import Courier
from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.faults import ConnectionDroppedError, Faults
from devstack.stripe_standin.message import Answer, Request
from devstack.stripe_standin.store import Store
from devstack.stripe_standin.wire import encode

HOST = "127.0.0.1"


@contextmanager
def serve(data: Path, port: int = 0) -> Iterator[str]:
    """Run the stand-in with its data in one file; gives its base URL. Port 0 takes a free one.

    Raises:
        OSError: the port is taken.
        RuntimeError: another stand-in uses the file.
    """
    with ExitStack() as stack:
        server = _Server((HOST, port), _Handler, bind_and_activate=False)
        stack.callback(server.server_close)
        server.server_bind()
        store = Store(data)
        stack.callback(store.close)
        base_url = f"http://{HOST}:{server.server_port}"
        server.connect(Account(store, base_url))
        server.courier.start()
        stack.callback(server.courier.stop)
        server.server_activate()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="stripe-standin")
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        stack.callback(server.faults.stop)
        yield base_url


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def connect(self, account: Account) -> None:
        self.account = account
        self.faults = Faults()
        self.api = Api(account, self.faults)
        self.controls = Controls(account, self.api, self.faults)
        self.courier = Courier(account)

    def answer(self, request: Request) -> Answer:
        events.cause.set(events.NO_REQUEST)
        if request.path.startswith("/v1/"):
            return self.api.handle(request)
        if request.path.startswith(PREFIX):
            return self.controls.handle(request)
        if request.path.startswith(pay_page.PREFIX):
            return pay_page.answer(self.account, request)
        nothing = ApiError("Nothing is served here.", status=HTTPStatus.NOT_FOUND)
        return Answer(nothing.status, encode(nothing.body))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; print anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed on as it came


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_GET  # noqa: N815 - the base class's name for it
    do_DELETE = do_GET  # noqa: N815 - likewise

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Requests are not printed; `/_test/requests` has them."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode(errors="replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, url.query, headers, body)
        try:
            answer = self.server.answer(request)
        except ConnectionDroppedError:
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 - the stand-in's own fault is shown to whoever asked
            trace = traceback.format_exc()
            print(trace, file=sys.stderr, flush=True)
            failure = {"error": {"type": "api_error", "message": trace}}
            answer = Answer(HTTPStatus.INTERNAL_SERVER_ERROR, encode(failure))
        finally:
            self.server.courier.wake()
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        encoded = answer.body.encode()
        self.send_response(answer.status)
        defaults = {"Content-Type": "application/json", "Content-Length": str(len(encoded))}
        for name, value in (defaults | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)
