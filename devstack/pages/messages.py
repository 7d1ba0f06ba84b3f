"""HTTP requests and answers, independent of the HTTP server."""

import json
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

type Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PageRequest:
    """A request. `target` is as the client sent it: a path, and a query if there is one."""

    method: str
    target: str
    headers: Message
    body: bytes
    client: str  # an address

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class PageAnswer:
    """An answer with its header fields. A name may come twice."""

    status: int
    headers: Fields = ()
    body: bytes = b""


def problem(status: HTTPStatus, detail: str, headers: Fields = ()) -> PageAnswer:
    """Return an answer as problem document (RFC 9457)."""
    document = {"status": status.value, "title": status.phrase, "detail": detail}
    return PageAnswer(
        status,
        (("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"), *headers),
        json.dumps(document).encode(),
    )
