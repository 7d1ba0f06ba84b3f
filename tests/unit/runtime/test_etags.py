"""An answer that the client has already is answered with 304, as RFC 9110 says."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from gorder.contracts.api import WebhookBody
from gorder.contracts.request_body import MalformedJson
from gorder.runtime.etags import etag_of
from gorder.runtime.http import HttpRequest, HttpResponse, http_function
from tests.fakes.aws_events import http_event
from tests.fakes.lambda_context import FakeContext

pytestmark = pytest.mark.filterwarnings(
    "ignore:No application metrics"  # no command is called that would count
)

HEADERS = {"Cache-Control": "public, max-age=5", "Retry-After": "2"}


def answer(if_none_match: str | None = None, *, received: bool = True) -> dict[str, Any]:
    """Return the response of a route that can be revalidated."""

    def respond(_request: HttpRequest, _service: None) -> HttpResponse:
        body = WebhookBody(received=received)
        return HttpResponse(HTTPStatus.OK, body, HEADERS, can_be_revalidated=True)

    event = http_event() if if_none_match is None else http_event(if_none_match=if_none_match)
    return http_function(respond, lambda: None)(event, FakeContext())


ETAG = etag_of(b'{"received":true}')
OPAQUE = ETAG.strip('"')


def test_an_etag_is_the_same_for_the_same_body_only() -> None:
    assert OPAQUE.isalnum()
    assert answer()["headers"]["ETag"] == ETAG
    assert answer(received=False)["headers"]["ETag"] != ETAG


@pytest.mark.parametrize(
    "known",
    [
        *(ETAG, f"W/{ETAG}", f" {ETAG} ", "*", " * "),
        *(f'"other", {ETAG}', f'{ETAG},"other"', f'W/"a",\tW/{ETAG}', f', ,{ETAG},, "b"'),
        *(f'"a,b", {ETAG}', f'"", {ETAG}', f'"\xe9", {ETAG}'),
    ],
)
def test_a_body_that_the_client_has_is_not_sent_again(known: str) -> None:
    given = answer(known)

    assert given["statusCode"] == 304
    assert given["body"] == ""
    assert given["headers"] == {"ETag": ETAG, "X-Content-Type-Options": "nosniff", **HEADERS}


@pytest.mark.parametrize(
    "known",
    [
        *(None, "", '"other"', OPAQUE, f"w/{ETAG}", f'"{OPAQUE}', f'"{OPAQUE.upper()}"'),
        *(
            f"'{OPAQUE}'",
            f'"a {OPAQUE}"',
            f'"{OPAQUE}a"',
            f'"W/{OPAQUE}"',
            '"*"',
            f'*, "{OPAQUE}x"',
        ),
        *(f'"a" {ETAG}', f"{ETAG}x", f"{ETAG};q=1", "\ud800", '"' * 9999, "," * 9999),
    ],
)
def test_any_other_request_gets_the_body(known: str | None) -> None:
    given = answer(known)

    assert given["statusCode"] == 200
    assert json.loads(given["body"]) == {"received": True}
    assert given["headers"]["ETag"] == ETAG


def test_an_error_has_no_etag_and_no_condition() -> None:
    def respond(_request: HttpRequest, _service: None) -> HttpResponse:
        raise MalformedJson("no")

    given = http_function(respond, lambda: None)(http_event(if_none_match="*"), FakeContext())

    assert given["statusCode"] == 400
    assert "ETag" not in given["headers"]


def test_an_answer_that_cannot_be_revalidated_has_no_etag() -> None:
    def respond(_request: HttpRequest, _service: None) -> HttpResponse:
        return HttpResponse(HTTPStatus.CREATED, WebhookBody())

    given = http_function(respond, lambda: None)(http_event(if_none_match="*"), FakeContext())

    assert given["statusCode"] == 201
    assert "ETag" not in given["headers"]
