"""Invalid requests over real HTTP."""

import gzip
import zlib
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import ShopClient

pytestmark = pytest.mark.servers

JSON = {"Content-Type": "application/json"}
SOUP = b'{"items": [{"id": "soup", "quantity": 1}]}'


def post(
    shop: ShopClient, body: bytes, headers: dict[str, str], customer: str = "ann"
) -> httpx.Response:
    url = f"{shop.api}/api/customer/{customer}/orders"
    return shop.http.post(url, content=body, headers=headers)


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """Check that a response is problem JSON, and return its body."""
    problem: dict[str, Any] = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["status"] == response.status_code
    return problem


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"", JSON, "malformed_json"),
        (b"{", JSON, "malformed_json"),
        (b'{"items": "\xff"}', JSON, "malformed_json"),
        (b'{"items": NaN}', JSON, "malformed_json"),
        (b"[" * 10_000, JSON, "malformed_json"),
        (b"null", JSON, "invalid_body"),
        (SOUP.replace(b"1", b"true"), JSON, "invalid_body"),
        (SOUP.replace(b"1", b"2.5"), JSON, "invalid_body"),
        (SOUP.replace(b"1", b"1e400"), JSON, "invalid_body"),
        (SOUP.replace(b"1", b"9" * 5000), JSON, "invalid_body"),
        (SOUP.replace(b"soup", b"so\\u0000up"), JSON, "invalid_body"),
        (SOUP.replace(b"soup", b"\\ud800"), JSON, "invalid_body"),
        (SOUP.replace(b"}]", b'}], "items": []'), JSON, "invalid_body"),
        (SOUP.replace(b"{", b'{"customer_id": "bob", ', 1), JSON, "invalid_body"),
        (SOUP.ljust(64 * 1024 + 1), JSON, "body_too_large"),
        (SOUP, {}, "unsupported_media_type"),
        (SOUP, {"Content-Type": "text/plain"}, "unsupported_media_type"),
        (SOUP, {"Content-Type": "application/json; charset=utf-16"}, "unsupported_media_type"),
        (b"\xff\x00", {"Content-Type": "application/octet-stream"}, "unsupported_media_type"),
        (SOUP.replace(b"soup", b"air"), JSON, "unknown_product"),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else "",
)
def test_an_invalid_body_is_refused(
    shop: ShopClient, body: bytes, headers: dict[str, str], code: str
) -> None:
    assert problem_of(post(shop, body, headers))["code"] == code


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(SOUP, mtime=0)),
        ("gzip", gzip.compress(b" " * 50_000_000, mtime=0)),
        ("deflate", zlib.compress(SOUP)),
        ("br", b"\x0b\x02\x80{}\x03"),
        ("identity", SOUP),
    ],
    ids=["gzip", "gzip of 50 MB", "deflate", "br", "identity"],
)
@pytest.mark.parametrize(
    "path",
    ["/api/customer/ann/orders", f"/api/customer/ann/orders/{'0' * 32}/cancel", "/api/webhook"],
)
def test_an_encoded_body_is_refused_by_every_route(
    shop: ShopClient, path: str, encoding: str, body: bytes
) -> None:
    headers = {**JSON, "Content-Encoding": encoding, "Authorization": "Bearer x"}

    response = shop.http.post(f"{shop.api}{path}", content=body, headers=headers)

    assert response.status_code == 415
    assert problem_of(response)["code"] == "unsupported_content_encoding"
    assert response.headers["accept-encoding"] == "identity"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("customer", ["a%0Ab", "a%00", "%FF", "a%2Fb", "%20", "x" * 65, "x" * 4000])
def test_an_invalid_id_in_the_path_is_refused(shop: ShopClient, customer: str) -> None:
    posted = problem_of(post(shop, SOUP, JSON, customer))
    order = f"{shop.api}/api/customer/{customer}/orders/{customer}"
    read = problem_of(shop.http.get(order, headers={"Authorization": "Bearer x"}))

    assert [error["field"] for error in posted["errors"]] == ["customer_id"]
    assert read["code"] == "order_not_found"
