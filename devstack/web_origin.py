"""Refuses HTTP requests that a web page of another origin has caused.

A browser states the page's origin in Origin and Sec-Fetch-Site. A page whose host name was rebound
to this machine's address has that name in Host.
"""

from ipaddress import ip_address
from typing import Protocol

NAMES = {"localhost", "host.docker.internal"}  # the second one is this machine in a container


class Headers(Protocol):
    """Headers by name, in any case or in lower case."""

    def get(self, key: str, /) -> str | None: ...


def refusal(headers: Headers, port: int, *, links: bool = False) -> str | None:
    """Return why a server on this port must refuse a request, or None.

    Args:
        headers: the request's headers.
        port: the port on which the server listens.
        links: whether a link or a form without a body on another page may lead here.
    """
    host = headers.get("host") or ""
    if not _is_own(host, port):
        return f"Host {host!r} is not an address of this server: use 127.0.0.1:{port}"
    origin = headers.get("origin")
    if origin not in {None, f"http://{host}"}:
        return f"Origin {origin!r} is another origin than http://{host}"
    site = headers.get("sec-fetch-site")
    if site in {None, "none", "same-origin"} or (links and _follows_link(headers)):
        return None
    return f"Sec-Fetch-Site {site!r}: a page of another origin has sent the request"


def _is_own(host: str, port: int) -> bool:
    name, _, given_port = host.rpartition(":")
    if given_port != str(port):
        return False
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name in NAMES


def _follows_link(headers: Headers) -> bool:
    """Whether the browser opens the answer as a page: it states no Origin, so it is a GET."""
    return headers.get("sec-fetch-dest") == "document" and headers.get("origin") is None
