"""Requests that the pages' server passes to the API."""

import json
import socket
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from devstack.pages.server import MAX_BODY_BYTES, serve
from tests.integration.pages.conftest import TLS, SomeApi, deploy, problem_of, some_api


def test_a_request_and_its_answer_pass(pages: httpx.Client, api: SomeApi) -> None:
    api.status = HTTPStatus.CREATED
    api.headers = [("Location", "/api/customer/web-1/orders/2"), ("Retry-After", "1")]
    api.body = b'{"order_id": "2"}'

    answer = pages.post(
        "/api/customer/web-1/orders?a=1&a=2",
        content=b'{"items":[]}',
        headers={"Content-Type": "application/json", "Authorization": "Bearer abc"},
    )

    [received] = api.received
    assert received["method"] == "POST"
    assert received["target"] == "/_aws/execute-api/abc/live/api/customer/web-1/orders?a=1&a=2"
    assert received["body"] == b'{"items":[]}'
    assert ("authorization", "Bearer abc") in _lower(received["headers"])
    assert ("content-type", "application/json") in _lower(received["headers"])
    assert answer.status_code == HTTPStatus.CREATED
    assert answer.content == api.body
    assert answer.headers["Location"] == "/api/customer/web-1/orders/2"
    assert answer.headers["Retry-After"] == "1"


def _lower(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]


def test_not_modified_passes_with_its_headers(pages: httpx.Client, api: SomeApi) -> None:
    api.status, api.headers, api.body = 304, [("ETag", '"7"'), ("Retry-After", "3")], b""

    answer = pages.get("/api/customer/a/orders/b", headers={"If-None-Match": '"7"'})

    assert ("if-none-match", '"7"') in _lower(api.received[0]["headers"])
    assert answer.status_code == HTTPStatus.NOT_MODIFIED
    assert answer.headers["ETag"] == '"7"'
    assert answer.headers["Retry-After"] == "3"
    assert pages.get("/").is_success


def test_head_passes(pages: httpx.Client, api: SomeApi) -> None:
    assert pages.head("/api/menu").is_success
    assert api.received[0]["method"] == "HEAD"


def test_repeated_headers_stay_apart(pages: httpx.Client, api: SomeApi) -> None:
    api.headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    answer = pages.get("/api/menu", headers=[("X-A", "1"), ("X-A", "2")])

    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert [value for name, value in api.received[0]["headers"] if name == "X-A"] == ["1", "2"]


def test_headers_of_one_connection_do_not_pass(pages: httpx.Client, api: SomeApi) -> None:
    api.headers = [("Connection", "X-Secret"), ("X-Secret", "1"), ("Keep-Alive", "timeout=9")]
    own = {"Connection": "X-Mine", "X-Mine": "1", "TE": "trailers", "Upgrade": "h2c"}

    answer = pages.get("/api/menu", headers=own)

    sent = {name.lower() for name, _ in api.received[0]["headers"]}
    assert sent.isdisjoint({"x-mine", "te", "upgrade"})
    assert answer.headers.keys().isdisjoint({"x-secret", "keep-alive"})


def test_the_origin_that_was_checked_does_not_pass(pages: httpx.Client, api: SomeApi) -> None:
    own = {"Origin": str(pages.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}

    assert pages.post("/api/x", headers=own).is_success
    sent = _lower(api.received[0]["headers"])
    assert not [name for name, _ in sent if name == "origin" or name.startswith("sec-fetch")]
    assert ("host", httpx.URL(api.url).netloc.decode()) in sent


def test_the_api_sees_the_clients_own_address(pages: httpx.Client, api: SomeApi) -> None:
    transport = httpx.HTTPTransport(verify=TLS, local_address="127.4.5.6")
    with httpx.Client(base_url=pages.base_url, transport=transport) as client:
        client.get("/api/menu", headers={"X-Forwarded-For": "192.0.2.1"})

    assert api.received[0]["client"] == "127.4.5.6"
    assert ("x-forwarded-for", "192.0.2.1") in _lower(api.received[0]["headers"])


def test_a_body_may_have_300_kib(pages: httpx.Client, api: SomeApi) -> None:
    longest = b"x" * MAX_BODY_BYTES

    assert pages.post("/api/x", content=longest).is_success
    assert api.received[0]["body"] == longest
    refused = pages.post("/api/x", content=longest + b"x")
    assert refused.status_code == HTTPStatus.CONTENT_TOO_LARGE
    assert problem_of(refused)["title"] == "Content Too Large"
    assert len(api.received) == 1


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: ²", 400),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked", 411),
    ],
)
def test_an_unclear_body_ends_the_connection(
    pages: httpx.Client, api: SomeApi, framing: str, status: int
) -> None:
    with socket.create_connection((pages.base_url.host, pages.base_url.port or 0)) as client:
        host = pages.base_url.netloc.decode()
        request = f"POST /api/x HTTP/1.1\r\nHost: {host}\r\n{framing}\r\n\r\n0\r\n\r\n"
        client.sendall(request.encode("latin-1"))
        client.settimeout(5)
        received = b"".join(iter(lambda: client.recv(65_536), b""))

    assert received.startswith(f"HTTP/1.1 {status} ".encode())
    assert received.count(b"HTTP/1.1") == 1
    assert api.received == []


@pytest.mark.parametrize("target", ["/api/\xff", "/api/%zz", "/api/[x]", "/api/\x7f", "/api/'\""])
def test_an_odd_path_passes_or_is_refused(pages: httpx.Client, api: SomeApi, target: str) -> None:
    with socket.create_connection((pages.base_url.host, pages.base_url.port or 0)) as client:
        host = pages.base_url.netloc.decode()
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        client.sendall(request.encode("latin-1"))
        client.settimeout(5)
        received = b"".join(iter(lambda: client.recv(65_536), b""))

    assert received.startswith(b"HTTP/1.1 200 ")
    assert len(api.received) == 1


def test_a_new_deployment_is_used_at_once(pages: httpx.Client, state: Path, api: SomeApi) -> None:
    pages.get("/api/menu")
    with some_api() as second:
        deploy(state, second.url)
        pages.get("/api/menu")

    assert len(api.received) == len(second.received) == 1


def test_an_api_that_is_down_is_a_bad_gateway(dist: Path, state: Path) -> None:
    with serve(dist, state) as url, httpx.Client(base_url=url, verify=TLS) as client:
        before = client.get("/api/menu")
        with some_api() as api:
            deploy(state, api.url)
        after = client.get("/api/menu")
        page = client.get("/")

    assert "make up" in problem_of(before)["detail"]
    assert "make status" in problem_of(after)["detail"]
    assert before.status_code == after.status_code == HTTPStatus.BAD_GATEWAY
    assert page.is_success


def test_an_answer_that_is_cut_off_is_a_bad_gateway(pages: httpx.Client, api: SomeApi) -> None:
    api.headers = [("Content-Length", "1000"), ("Connection", "close")]

    answer = pages.get("/api/menu")

    assert answer.status_code == HTTPStatus.BAD_GATEWAY
    assert problem_of(answer)


def test_a_page_of_the_shop_posts(pages: httpx.Client, api: SomeApi) -> None:
    own = {"Origin": str(pages.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}

    assert pages.post("/api/x", json={"a": 1}, headers=own).is_success
    assert json.loads(api.received[0]["body"]) == {"a": 1}
