"""The server of the pages, with an API behind it that answers what a test wants."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.http_server import LoopbackHandler, LoopbackServer, bound, serving
from devstack.pages.server import serve
from devstack.process import Process
from devstack.state import Deployment, State

TLS = ssl.create_default_context()  # slow to make, and each client would make one
FILES = {
    "index.html": "<!doctype html><title>Shop</title>" + "<p>Shoyu ramen</p>" * 100,
    "order.html": "<!doctype html><title>Order</title>",
    "404.html": "<!doctype html><title>Not found</title>",
    "assets/shop-1a2b3c4d.js": "export {};",
    "pictures/ramen.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "favicon.ico": "\0",
}


@dataclass
class SomeApi:
    """An API that answers every request in the same way, and keeps what it was sent."""

    url: str
    status: int = HTTPStatus.OK
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b"{}"
    received: list[dict[str, Any]] = field(default_factory=list)


class _ApiHandler(LoopbackHandler):
    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        api: SomeApi = self.server.api  # type: ignore[attr-defined]  # set below
        length = int(self.headers.get("Content-Length") or 0)
        api.received.append(
            {
                "method": self.command,
                "target": self.path,
                "headers": list(self.headers.items()),
                "body": self.rfile.read(length),
                "client": self.client_address[0],
            }
        )
        self.send_response_only(api.status)
        for name, value in api.headers:
            self.send_header(name, value)
        if api.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(api.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(api.body)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing."""


@contextmanager
def some_api() -> Iterator[SomeApi]:
    """Serve an API below a path, as LocalStack does."""
    server = LoopbackServer(0, _ApiHandler)
    with bound(server), serving(server):
        api = SomeApi(f"{server.base_url}/_aws/execute-api/abc/live")
        server.api = api  # type: ignore[attr-defined]  # the handler reads it
        yield api


@pytest.fixture
def api() -> Iterator[SomeApi]:
    with some_api() as api:
        yield api


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Return a folder of built pages."""
    folder = tmp_path / "dist"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def deploy(state: Path, api_url: str) -> None:
    """Write the state of a stack whose API has this address."""
    deployment = Deployment(localstack=Process(1, 1), wiring="", code="1", api_url=api_url)
    State(deployment=deployment).save(state)


@pytest.fixture
def pages(dist: Path, state: Path, api: SomeApi) -> Iterator[httpx.Client]:
    """Yield a client of the pages."""
    deploy(state, api.url)
    with serve(dist, state) as url, httpx.Client(base_url=url, verify=TLS) as client:
        yield client


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the problem document of an answer."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer.content)
    assert document["status"] == answer.status_code
    return document
