"""The HTTP server: the API, the pay pages and the test controls on one loopback port."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from devstack.http_server import LoopbackHandler, LoopbackServer, bound, serving
from devstack.stripe_standin import events, pay_page
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.api import Api
from devstack.stripe_standin.controls import PREFIX, Controls
from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.fault_injection import ConnectionDroppedError, FaultInjector
from devstack.stripe_standin.http_messages import StandinRequest, StandinResponse
from devstack.stripe_standin.store import Store
from devstack.stripe_standin.stripe_json import encode
from devstack.stripe_standin.webhook_sender import WebhookSender
from devstack.web_origin import refusal


@contextmanager
def serve(
    data: Path, port: int = 0, *, api_key: str | None = None, control_key: str | None = None
) -> Iterator[str]:
    """Run the stand-in and yield its base URL.

    Args:
        data: the file of all its data.
        port: the loopback port; 0 selects a free one.
        api_key: the API key; None accepts any key of test mode.
        control_key: the key of the test controls; None switches them off.

    Raises:
        OSError: the port is in use.
        RuntimeError: another process uses the file.
    """
    with ExitStack() as stack:
        server = _StandinServer(port, _StandinHandler)
        stack.enter_context(bound(server))
        store = Store(data)
        stack.callback(store.close)
        server.connect(Account(store, server.base_url), api_key, control_key)
        server.webhook_sender.start()
        stack.callback(server.webhook_sender.stop)
        stack.enter_context(serving(server))
        stack.callback(server.faults.stop)
        yield server.base_url


class _StandinServer(LoopbackServer):
    def connect(self, account: Account, api_key: str | None, control_key: str | None) -> None:
        self.account = account
        self.faults = FaultInjector()
        self.api = Api(account, self.faults, api_key)
        self.controls = Controls(account, self.api, self.faults, control_key)
        self.webhook_sender = WebhookSender(account)

    def respond(self, request: StandinRequest) -> StandinResponse:
        events.causing_request.set(events.NO_REQUEST)
        page = request.path.startswith(pay_page.PREFIX)
        if reason := refusal(request.headers, self.server_port, links=page):
            return ApiError(reason, status=HTTPStatus.FORBIDDEN).response
        if request.path.startswith("/v1/"):
            return self.api.handle(request)
        if request.path.startswith(PREFIX):
            return self.controls.handle(request)
        if page:
            return pay_page.respond(self.account, request)
        return ApiError(f"Unknown path: {request.path}", status=HTTPStatus.NOT_FOUND).response


class _StandinHandler(LoopbackHandler):
    server: _StandinServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._serve()

    do_POST = do_GET  # noqa: N815 - the base class's name
    do_DELETE = do_GET  # noqa: N815 - the base class's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing, because `/_test/requests` lists the requests."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length).decode(errors="replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = StandinRequest(self.command, url.path, url.query, headers, content)
        try:
            response = self.server.respond(request)
        except ConnectionDroppedError:
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 - the client gets the trace of an internal error
            trace = traceback.format_exc()
            print(trace, file=sys.stderr, flush=True)
            body = {"error": {"type": "api_error", "message": trace}}
            response = StandinResponse(HTTPStatus.INTERNAL_SERVER_ERROR, encode(body))
        finally:
            self.server.webhook_sender.wake()
        self._send(response)

    def _send(self, response: StandinResponse) -> None:
        encoded = response.body.encode()
        self.send_response(response.status)
        defaults = {
            "Content-Type": "application/json",
            "Content-Length": str(len(encoded)),
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in (defaults | response.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)
