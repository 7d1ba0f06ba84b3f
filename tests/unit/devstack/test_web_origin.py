"""Requests that a web page of another origin has caused are refused."""

import pytest

from devstack.web_origin import refusal

PORT = 23_456
OWN = {"host": f"127.0.0.1:{PORT}"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"host": f"localhost:{PORT}"},
        {"host": f"127.0.0.2:{PORT}"},
        {"host": f"host.docker.internal:{PORT}"},
        OWN | {"origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"},
        OWN | {"sec-fetch-site": "none"},
    ],
)
def test_a_program_and_a_page_of_the_server_itself_are_served(headers: dict[str, str]) -> None:
    assert refusal(headers, PORT) is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "127.0.0.1",
        "127.0.0.1:1",
        f"evil.example:{PORT}",
        f"127.0.0.1.evil.example:{PORT}",
        f"localhost.evil.example:{PORT}",
        f"192.0.2.1:{PORT}",
        f"0.0.0.0:{PORT}",
        f"127.0.0.1:{PORT}@evil.example:{PORT}",
        f"evil.example:{PORT},127.0.0.1:{PORT}",
    ],
)
def test_another_host_is_refused(host: str | None) -> None:
    headers = {} if host is None else {"host": host}

    assert "Host" in (refusal(headers, PORT, links=True) or "")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        f"https://127.0.0.1:{PORT}",
        f"http://localhost:{PORT}",  # another origin for a browser
        f"http://127.0.0.1:{PORT + 1}",
        "https://app.localstack.cloud",
    ],
)
def test_another_origin_is_refused_even_where_links_may_lead(origin: str) -> None:
    assert "Origin" in (refusal(OWN | LINK | {"origin": origin}, PORT, links=True) or "")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "new-value"])
def test_what_a_page_of_another_origin_loads_is_refused(site: str) -> None:
    image = OWN | {"sec-fetch-site": site, "sec-fetch-dest": "image"}

    assert "Sec-Fetch-Site" in (refusal(image, PORT, links=True) or "")


def test_links_lead_only_where_they_may() -> None:
    assert refusal(OWN | LINK, PORT, links=True) is None
    assert refusal(OWN | LINK, PORT) is not None
    assert refusal(OWN | LINK | {"sec-fetch-dest": "iframe"}, PORT, links=True) is not None
