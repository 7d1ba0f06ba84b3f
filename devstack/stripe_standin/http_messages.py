"""HTTP requests and responses, independent of the HTTP server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class StandinRequest:
    """A request. Header names are in lower case. `form` is the body of a POST, else the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> str:
        return self.body if self.method == "POST" else self.query


@dataclass(frozen=True)
class StandinResponse:
    """A response. Its body is JSON unless the headers say otherwise."""

    status: int = HTTPStatus.OK
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
