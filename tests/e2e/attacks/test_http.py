"""Requests that no client sends. None reads or changes an order, or causes an internal error."""

import gzip
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.attempts import Attempts
from tests.e2e.conftest import CustomerOrder, ShopClient

pytestmark = pytest.mark.servers

type Headers = list[tuple[str, str]]

ITEMS = b'{"items": [{"id": "prod_unicorn", "quantity": 1}]}'
JSON: Headers = [("Content-Type", "application/json")]


def send(shop: ShopClient, method: str, path: str, headers: Headers, body: bytes = b"") -> int:
    """Send a request as it is written, over a connection of its own, and return the status."""
    base = urlsplit(shop.api)
    names = {name.lower() for name, _ in headers}
    sent = [("Host", base.netloc), *headers, ("Connection", "close")]
    if not {"content-length", "transfer-encoding"} & names:
        sent.append(("Content-Length", str(len(body))))
    head = [f"{method} {base.path}{path} HTTP/1.1", *(f"{name}: {text}" for name, text in sent)]
    with socket.create_connection((base.hostname, base.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        response.read()
    return response.status


def paths(placed: CustomerOrder) -> Iterator[str]:
    """Paths that might lead to the order in another way than its own."""
    customer, order = placed.customer_id, placed.order_id
    yield from (
        f"/api/customer/{customer}/orders",
        f"/api/customer/{customer}/orders/",
        f"/api/customer/{customer}/orders/*",
        f"/api/customer/{customer}/orders/.",
        f"/api/customer/*/orders/{order}",
        f"/api/customer//orders/{order}",
        f"/api/customer/bob/../{customer}/orders/{order}",
        f"/api/customer/bob%2F..%2F{customer}/orders/{order}",
        f"/api/customer/{customer}%00/orders/{order}",
        f"/api/customer/{customer}%0d%0aX:1/orders/{order}",
        f"/api/customer/{customer}/orders/{order}%20",
        f"/api/customer/{customer}/orders/{order}%c0%80",
        f"/api/customer/{customer}/orders/{order};x=1",
        f"/api/customer/{customer}/orders/{order}.json",
        f"/api/customer/{customer}/orders/{order}/",
        f"/api/customer/{customer}/orders/%7B%22$ne%22:null%7D",
        f"/api/customer/{customer}/orders/[$ne]=",
        f"/api/customer/{customer}/orders/'%20OR%20'1'='1",
        f"/api/customer/{customer}/orders/%ef%bc%8e%ef%bc%8e",
        f"/api/customer/{customer}/orders/{'a' * 7000}",
        f"/API/CUSTOMER/{customer}/ORDERS/{order}",
        "/api/customer/orders",
        "/api/../../../../etc/passwd",
        "/api/%2e%2e/%2e%2e/functions",
    )


def headers(placed: CustomerOrder) -> Iterator[Headers]:
    """Headers that might stand for the order's token."""
    token = placed.access_token
    for value in (
        "",
        "Bearer",
        "Bearer ",
        "Basic Og==",
        "bearer null",
        f"Token {token}",
        f"{token}x",
    ):
        yield [("Authorization", value)]
    yield [("Authorization", "Bearer x"), ("Authorization", "Bearer y")]
    yield [("Authorization", f"Bearer x, Bearer {token}")]
    yield [("X-Authorization", f"Bearer {token}")]
    yield [("Cookie", f"Authorization=Bearer {token}")]
    for name in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri"):
        yield [(name, f"/api/customer/{placed.customer_id}/orders/{placed.order_id}")]
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        yield [(name, "POST")]
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        yield [(name, "127.0.0.1")]
    yield [("X-Forwarded-Host", "example.com")]
    yield [("X-Amzn-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=1")]
    yield [("Range", "bytes=0-10")]


def bodies() -> Iterator[tuple[Headers, bytes]]:
    """Bodies in other forms, encodings and sizes than JSON of one order."""
    for text in (b"", b"null", b"[]", b'""', b"{}", b"{", b"NaN", b"-0", b"\xef\xbb\xbf" + ITEMS):
        yield JSON, text
    yield JSON, ITEMS.decode().encode("utf-16")
    yield JSON, b"[" * 60_000
    yield JSON, b'{"items":' * 10_000
    yield JSON, ITEMS.ljust(70_000)
    for quantity in (b"0", b"-1", b"1.5", b"1e400", b"true", b'"1"', b"9" * 5000, b"null", b"[1]"):
        yield JSON, ITEMS.replace(b"1}", quantity + b"}")
    for product in (
        b"\\ud800",
        b"\\u0000",
        b"a" * 300,
        b"' OR 1=1 --",
        b"$ne",
        b"../x",
        b"<script>",
    ):
        yield JSON, ITEMS.replace(b"prod_unicorn", product)
    for field in (b'"unit_amount": 1', b'"customer_id": "bob"', b'"items": []', b'"__proto__": {}'):
        yield JSON, ITEMS.replace(b"{", b"{" + field + b", ", 1)
    for media_type in ("", "text/plain", "application/xml", "multipart/form-data; boundary=x"):
        yield [("Content-Type", media_type)], ITEMS
    yield [("Content-Type", "application/json; charset=utf-7")], ITEMS
    yield [*JSON, ("Content-Type", "text/plain")], ITEMS
    yield [*JSON, ("Content-Encoding", "gzip")], gzip.compress(ITEMS)
    yield [*JSON, ("Content-Encoding", "br")], ITEMS


def test_another_path_leads_to_no_order(shop: ShopClient, attempts: Attempts) -> None:
    product = shop.stock_a_product(units=2)
    placed, stranger = shop.place((product, 1)), shop.place((product, 1))
    token = [("Authorization", f"Bearer {stranger.access_token}")]

    for path in paths(placed):
        status = send(shop, "GET", path, token)
        attempts.expect(400 <= status < 500, (path, status))


def test_another_header_is_no_token(shop: ShopClient, attempts: Attempts) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    order = f"/api/customer/{placed.customer_id}/orders/{placed.order_id}"

    for tried in headers(placed):
        status = send(shop, "GET", order, tried)
        attempts.expect(400 <= status < 500, (tried, status))
    for method in ("PUT", "PATCH", "DELETE", "POST", "TRACE", "CONNECT", "PROPFIND"):
        status = send(shop, method, order, [("Authorization", f"Bearer {placed.access_token}")])
        attempts.expect(400 <= status < 500, (method, status))

    assert shop.get_order(placed).json()["status"] in {"pending", "waiting_for_payment"}


def test_another_body_places_no_order(shop: ShopClient, attempts: Attempts) -> None:
    path = "/api/customer/eve/orders"

    for tried, body in bodies():
        status = send(shop, "POST", path, tried, body)
        attempts.expect(400 <= status < 500, (tried, body[:40], status))
