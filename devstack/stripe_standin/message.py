"""HTTP requests and answers, free of the server that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case; `form` is the body, or the query of a GET."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str

    @property
    def form(self) -> str:
        return self.body if self.method == "POST" else self.query


@dataclass(frozen=True)
class Answer:
    """An answer, JSON unless its headers say otherwise."""

    status: int = HTTPStatus.OK
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
