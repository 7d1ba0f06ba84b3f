"""The pages' files over HTTP, by the rules that CloudFront has on AWS."""

import re
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from devstack.pages.headers import SECURITY
from devstack.pages.server import serve
from tests.integration.pages.conftest import FILES, TLS

PLAIN = {"Accept-Encoding": "identity"}
YEAR = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"
ASK = "no-cache"


@pytest.mark.parametrize(
    ("path", "file", "content_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/?lang=zh", "index.html", "text/html; charset=utf-8"),
        ("/order/018f5485e07462ab", "order.html", "text/html; charset=utf-8"),
        ("/order/018f5485e07462ab?paid", "order.html", "text/html; charset=utf-8"),
        ("/order/%E4%B8%AD", "order.html", "text/html; charset=utf-8"),
        ("/assets/shop-1a2b3c4d.js", "assets/shop-1a2b3c4d.js", "text/javascript; charset=utf-8"),
        ("/pictures/ramen.svg", "pictures/ramen.svg", "image/svg+xml"),
        ("/favicon.ico", "favicon.ico", "image/x-icon"),
    ],
)
def test_a_path_leads_to_its_file(
    pages: httpx.Client, path: str, file: str, content_type: str
) -> None:
    answer = pages.get(path)

    assert answer.status_code == HTTPStatus.OK
    assert answer.text == FILES[file]
    assert answer.headers["Content-Type"] == content_type


@pytest.mark.parametrize(
    "path",
    [
        *("/shop", "/order", "/order/", "/order/a/b", "/assets", "/assets/", "/api"),
        *("/../state.json", "/assets/../../state.json", "/%2e%2e/state.json", "/..%2fstate.json"),
        *("/assets/%00", "/index.html/", "/./index.html", "/404.html", "/\\..\\state.json"),
    ],
)
def test_any_other_path_is_not_found(pages: httpx.Client, path: str) -> None:
    answer = _raw(pages, "GET", path)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.text == FILES["404.html"]
    assert set(SECURITY) <= _fields(answer)


def _raw(pages: httpx.Client, method: str, target: str) -> httpx.Response:
    """Send a request whose path the client does not normalise."""
    url = pages.base_url.copy_with(raw_path=target.encode())
    return pages.send(httpx.Request(method, url, extensions={"target": target.encode()}))


def _fields(answer: httpx.Response) -> set[tuple[str, str]]:
    names = {name.lower(): name for name, _ in SECURITY}
    return {(names.get(name, name), value) for name, value in answer.headers.items()}


@pytest.mark.parametrize("path", ["/", "/order/1", "/assets/shop-1a2b3c4d.js", "/favicon.ico"])
def test_every_file_has_the_headers_that_protect_a_page(pages: httpx.Client, path: str) -> None:
    assert set(SECURITY) <= _fields(pages.get(path))


def test_hashed_files_are_cached_for_ever_and_pages_revalidated(pages: httpx.Client) -> None:
    assert pages.get("/assets/shop-1a2b3c4d.js").headers["Cache-Control"] == YEAR
    assert pages.get("/pictures/ramen.svg").headers["Cache-Control"] == HOUR
    for path in ("/", "/order/1", "/nothing"):
        assert pages.get(path).headers["Cache-Control"] == ASK


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_an_unchanged_page_is_not_sent_again(
    pages: httpx.Client, dist: Path, coding: str, form: str
) -> None:
    first = pages.get("/", headers={"Accept-Encoding": coding})
    condition = {"Accept-Encoding": coding, "If-None-Match": form.format(first.headers["ETag"])}

    again = pages.get("/", headers=condition)
    (dist / "index.html").write_text("<!doctype html><title>Changed</title>")
    changed = pages.get("/", headers=condition)

    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == ASK
    assert form == "*" or changed.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("br", False),
        ("", False),
    ],
)
def test_text_is_compressed_for_those_who_accept_it(
    pages: httpx.Client, accepted: str, *, compressed: bool
) -> None:
    answer = pages.get("/", headers={"Accept-Encoding": accepted})

    assert answer.text == FILES["index.html"]
    assert ("Content-Encoding" in answer.headers) is compressed
    assert (int(answer.headers["Content-Length"]) < len(FILES["index.html"])) is compressed
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_two_forms_of_a_page_have_two_tags(pages: httpx.Client) -> None:
    answers = [pages.get("/", headers={"Accept-Encoding": each}) for each in ("gzip", "")]

    assert answers[0].headers["ETag"] != answers[1].headers["ETag"]


def test_a_picture_of_pixels_is_not_compressed(pages: httpx.Client) -> None:
    assert "Content-Encoding" not in pages.get("/favicon.ico").headers


def test_head_is_a_get_without_the_body(pages: httpx.Client) -> None:
    got, head = pages.get("/", headers=PLAIN), pages.head("/", headers=PLAIN)

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(FILES["index.html"]))
    assert _without_date(head) == _without_date(got)


def _without_date(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_page_is_only_read(pages: httpx.Client, method: str) -> None:
    answer = pages.request(method, "/", content=b"x")

    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.headers["Allow"] == "GET, HEAD"
    assert pages.get("/").status_code == HTTPStatus.OK


def test_pages_that_are_not_built_say_what_to_do(tmp_path: Path, state: Path) -> None:
    with serve(tmp_path / "missing", state) as url:
        answer = httpx.get(url, verify=TLS)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "make up" in answer.text


def test_a_link_on_another_page_leads_to_a_page(pages: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert pages.get("/order/1", headers={**link, "Sec-Fetch-Dest": "document"}).is_success
    assert pages.get("/order/1", headers={**link, "Sec-Fetch-Dest": "iframe"}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/menu"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "shop.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "script"},
    ],
)
def test_a_page_of_another_origin_is_refused(
    pages: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = pages.get(path, headers=headers)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_policy_allows_no_inline_script() -> None:
    policy = dict(SECURITY)["Content-Security-Policy"]

    assert not re.search(r"unsafe|\*", policy)
