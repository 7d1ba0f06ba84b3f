"""Who may use the stand-in: programs with its keys, and the browser of a customer."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from devstack.stripe_standin.server import serve
from tests.contract.standin_client import CONTROL_KEY

pytestmark = pytest.mark.servers

KEY = "sk_test_right"
JSON = {"Content-Type": "application/json"}
CONTROL = {"Authorization": f"Bearer {CONTROL_KEY}"}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    data = tmp_path_factory.mktemp("stripe") / "stripe.db"
    with (
        serve(data, api_key=KEY, control_key=CONTROL_KEY) as url,
        httpx.Client(base_url=url, timeout=10) as http,
    ):
        yield http


def test_only_the_accounts_key_is_accepted(http: httpx.Client) -> None:
    for key, status in ((KEY, 200), ("sk_test_wrong", 401), (f"{KEY}x", 401), (KEY[:-1], 401)):
        answer = http.get("/v1/products", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status, key


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": "Bearer"}]
)
@pytest.mark.parametrize(("method", "name"), [("GET", "requests"), ("POST", "reset")])
def test_controls_need_their_own_key(
    http: httpx.Client, method: str, name: str, given: dict[str, str]
) -> None:
    answer = http.request(method, f"/_test/{name}", headers={**JSON, **given}, content="{}")

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert "STRIPE_CONTROL_KEY" in answer.json()["error"]["message"]


def test_without_a_key_there_are_no_controls(tmp_path: Path) -> None:
    with serve(tmp_path / "stripe.db") as url:
        for given in ("", "Bearer", "Bearer None"):
            answer = httpx.get(f"{url}/_test/requests", headers={"Authorization": given})
            assert answer.status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_control_takes_only_json(http: httpx.Client, given: str) -> None:
    headers = {**CONTROL, "Content-Type": given}

    answer = http.post("/_test/clock", headers=headers, content='{"advance_seconds": 1}')

    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("path", ["/_test/requests", "/v1/products", "/c/pay/cs_test_x", "/"])
@pytest.mark.parametrize(
    "page",
    [{"Host": "evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}],
    ids=lambda page: next(iter(page)),
)
def test_pages_of_other_origins_are_refused_with_every_key(
    http: httpx.Client, path: str, page: dict[str, str]
) -> None:
    for key in (CONTROL_KEY, KEY):
        answer = http.get(path, headers={"Authorization": f"Bearer {key}", **page})
        assert answer.status_code == HTTPStatus.FORBIDDEN


def test_a_pay_page_is_opened_by_a_link_and_never_in_a_frame(http: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}

    opened = http.get("/c/pay/cs_test_x", headers=link)

    assert opened.status_code == HTTPStatus.NOT_FOUND  # the page was asked for
    assert "frame-ancestors 'none'" in opened.headers["Content-Security-Policy"]
    framed = http.get("/c/pay/cs_test_x", headers={**link, "Sec-Fetch-Dest": "iframe"})
    assert framed.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", ["/_test/requests", "/v1/products", "/c/pay/cs_test_x", "/"])
def test_no_browser_guesses_the_type_of_an_answer_of_the_stand_in(
    http: httpx.Client, path: str
) -> None:
    assert http.get(path).headers["X-Content-Type-Options"] == "nosniff"
