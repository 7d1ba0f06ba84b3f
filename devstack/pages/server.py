"""The HTTP server of the pages and the API, on one loopback port."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

from devstack.http_server import LoopbackHandler, LoopbackServer, bound, serving
from devstack.pages import api, files
from devstack.pages.messages import PageAnswer, PageRequest, problem
from devstack.web_origin import refusal

MAX_BODY_BYTES = 300 * 1024


@contextmanager
def serve(folder: Path, state: Path, port: int = 0) -> Iterator[str]:
    """Serve the pages and yield their address.

    Args:
        folder: the built pages. They may be built again while they are served.
        state: state.json, which has the API's address.
        port: the loopback port; 0 selects a free one.

    Raises:
        OSError: the port is in use.
    """
    server = _PagesServer(folder, state, port)
    with ExitStack() as stack:
        stack.enter_context(bound(server))
        stack.enter_context(serving(server))
        yield server.base_url


class _PagesServer(LoopbackServer):
    def __init__(self, folder: Path, state: Path, port: int) -> None:
        super().__init__(port, _PagesHandler)
        self.folder = folder
        self.state = state

    def respond(self, request: PageRequest) -> PageAnswer:
        is_api = request.path.startswith(api.PREFIX)
        if reason := refusal(request.headers, self.server_port, links=not is_api):
            return problem(HTTPStatus.FORBIDDEN, reason)
        if is_api:
            return api.respond(self.state, request)
        return files.respond(self.folder, request)


class _BodyRefusedError(Exception):
    """The body cannot be read, so the connection's next request is not found."""

    def __init__(self, answer: PageAnswer) -> None:
        super().__init__(answer)
        self.answer = answer


class _PagesHandler(LoopbackHandler):
    server: _PagesServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._send(self._answer())

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the base class's names

    def _answer(self) -> PageAnswer:
        try:
            request = PageRequest(
                self.command, self.path, self.headers, self._body(), self.client_address[0]
            )
            return self.server.respond(request)
        except _BodyRefusedError as refused:
            self.close_connection = True
            return refused.answer
        except Exception:  # noqa: BLE001 - the server goes on
            print(traceback.format_exc(), file=sys.stderr, flush=True)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "make logs F=pages says why")

    def _body(self) -> bytes:
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers:
            detail = "A body needs a Content-Length"
            raise _BodyRefusedError(problem(HTTPStatus.LENGTH_REQUIRED, detail))
        if not lengths:
            return b""
        if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            detail = f"Content-Length {lengths} is not a number of bytes"
            raise _BodyRefusedError(problem(HTTPStatus.BAD_REQUEST, detail))
        if int(lengths[0]) > MAX_BODY_BYTES:
            detail = f"The body is longer than {MAX_BODY_BYTES} bytes"
            raise _BodyRefusedError(problem(HTTPStatus.CONTENT_TOO_LARGE, detail))
        return self.rfile.read(int(lengths[0]))

    def _send(self, answer: PageAnswer) -> None:
        self.log_request(answer.status)
        self.send_response_only(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
