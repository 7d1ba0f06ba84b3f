"""Any invalid request is answered 4xx with its problem, without internals of the code."""

import json
from base64 import b64encode
from typing import Any

import pytest

from gorder.constraints import ID_PATTERN, MAX_LINES, MAX_UNITS_PER_LINE
from gorder.contracts.request_body import MAX_BODY_BYTES
from tests.fakes.aws_events import http_event
from tests.fakes.deployment import FakeDeployment
from tests.unit.runtime.conftest import Lines

ANN = {"customer_id": "ann"}
SOUP = '{"items": [{"id": "soup", "quantity": 1}]}'
LONGEST_ANSWER = 4096
LONGEST_LINE = 4096


def line(quantity: str, product_id: str = '"soup"') -> str:
    """Return a body with one line, of the given JSON values."""
    return f'{{"items": [{{"id": {product_id}, "quantity": {quantity}}}]}}'


def post(body: str | bytes, path: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
    """Return the response, checked for size and for internals of the code."""
    event = http_event(body if isinstance(body, str) else "", path or ANN, **headers)
    if isinstance(body, bytes):
        event |= {"body": b64encode(body).decode(), "isBase64Encoded": True}
    answer = FakeDeployment().call("create_order", event)
    answer["body"].encode()  # as Lambda does
    assert len(answer["body"]) < LONGEST_ANSWER
    for inside in ("Traceback", "pydantic", "Error(", "gorder/", ".py"):
        assert inside not in answer["body"]
    return answer


def problem(answer: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer["body"])
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert document["status"] == answer["statusCode"]
    assert document["detail"]
    return document


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'items': []}",
        b"items=soup",
        b'\xef\xbb\xbf{"items": []}',
        b"\xff\xfe{\x00}\x00",
        b'{"items": "\xff"}',
        b'{"items": "\xed\xa0\x80"}',
        b'{"items": "tab\there"}',
        b'{"items": [{"id": "soup", "quantity": 01}]}',
        b'{"items": []} {}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"[" * 30_000 + b"]" * 30_000,
        *(line(constant).encode() for constant in ("NaN", "Infinity", "-Infinity")),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_invalid_json_is_refused(body: bytes) -> None:
    found = problem(post(body))

    assert (found["status"], found["code"]) == (400, "malformed_json")
    assert found["detail"].startswith("The body is not JSON")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("null", ["body"]),
        ("1", ["body"]),
        ('"items"', ["body"]),
        ("[]", ["body"]),
        ("[[[[]]]]", ["body"]),
        ("{}", ["items"]),
        ('{"items": null}', ["items"]),
        ('{"items": {"0": {}}}', ["items"]),
        ('{"items": []}', ["items"]),
        ('{"items": [null]}', ["items.0"]),
        ('{"items": [{"id": "soup"}]}', ["items.0.quantity"]),
        (line("1", "null"), ["items.0.id"]),
        (line("1", "7"), ["items.0.id"]),
        (line("1", '""'), ["items.0.id"]),
        (line("1", '"soup "'), ["items.0.id"]),
        (line("1", r'"soup\n"'), ["items.0.id"]),
        (line("1", r'"so\u0000up"'), ["items.0.id"]),
        (line("1", r'"\ud800"'), ["items.0.id"]),
        (line("1", '"' + "x" * 60_000 + '"'), ["items.0.id"]),
        *(
            (line(quantity), ["items.0.quantity"])
            for quantity in (
                *(
                    "null",
                    "true",
                    "false",
                    '"1"',
                    "[1]",
                    "2.5",
                    "1e-2",
                    "1e400",
                    "1e999",
                    "-1",
                    "0",
                ),
                *("1001", "2147483648", "4294967297", "18446744073709551617"),
                *("9" * 5000, "-" + "9" * 5000),
            )
        ),
        ('{"items": [], "items": []}', ["items"]),
        ('{"items": [{"id": "a", "id": "b", "quantity": 1}]}', ["id"]),
        (SOUP[:-1] + ', "coupon": 1}', ["coupon"]),
        (SOUP[:-1] + r', "\ud800": 1}', ["body"]),
        (SOUP[:-1] + r', "ü\n": 1}', [r"\xfc\n"]),
        (SOUP[:-1] + f', "{"x" * 9000}": 1}}', ["x" * 64]),
        (SOUP[:-1] + ', "customer_id": "bob"}', ["customer_id"]),
        (SOUP[:-1] + ', "customer_id": 1}', ["customer_id"]),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_an_invalid_field_is_named(body: str, fields: list[str]) -> None:
    found = problem(post(body))

    assert (found["status"], found["code"]) == (422, "invalid_body")
    assert [error["field"] for error in found["errors"]] == fields
    assert all(error["problem"] for error in found["errors"])


@pytest.mark.parametrize("quantity", ["2.0", "2e0", "0.2E1", "2.000"])
def test_an_integer_may_be_written_with_a_fraction_or_an_exponent(quantity: str) -> None:
    answer = post(line(quantity))

    assert (answer["statusCode"], json.loads(answer["body"])["items"][0]["quantity"]) == (201, 2)


def test_at_most_twenty_invalid_fields_are_listed() -> None:
    found = problem(post('{"items": [' + ",".join(["0"] * 20_000) + "]}"))

    assert len(found["errors"]) == 20


@pytest.mark.parametrize("more", [', "customer_id": "ann"', ', "customer_id": null', ""])
def test_the_body_may_repeat_the_customer_of_the_path(more: str) -> None:
    assert post(f"{SOUP[:-1]}{more}}}")["statusCode"] == 201


def lines(*quantities: int) -> str:
    return json.dumps({"items": [{"id": "soup", "quantity": quantity} for quantity in quantities]})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (lines(*[1] * 1001), 422, "invalid_order"),
        (lines(600, 500), 422, "invalid_order"),
        (lines(20, 1), 422, "invalid_order"),
        (lines(12, 8), 409, "insufficient_stock"),
        (lines(*[1] * 20), 409, "insufficient_stock"),
        (lines(*[1] * 6), 409, "share_exceeded"),
        (lines(*[1] * 5), 201, None),
    ],
)
def test_lines_of_one_product_are_added_up_before_the_limit_applies(
    body: str, status: int, code: str | None
) -> None:
    answer = post(body)

    assert (answer["statusCode"], json.loads(answer["body"]).get("code")) == (status, code)


def test_a_line_and_a_sum_have_the_same_limit_and_both_name_it() -> None:
    one, summed = problem(post(line("1001"))), problem(post(lines(600, 500)))

    assert str(MAX_UNITS_PER_LINE) in one["errors"][0]["problem"]
    assert f"soup can be ordered 1 to {MAX_UNITS_PER_LINE} times, not 1100" in summed["detail"]


def test_an_order_has_at_most_fifty_products() -> None:
    items = [{"id": f"dish-{number}", "quantity": 1} for number in range(MAX_LINES + 1)]

    most = problem(post(json.dumps({"items": items[1:]})))
    too_many = problem(post(json.dumps({"items": items})))

    assert most["code"] == "unknown_product"
    assert (too_many["code"], "1 to 50 products" in too_many["detail"]) == ("invalid_order", True)


def test_a_body_has_at_most_64_kib() -> None:
    assert post(SOUP.ljust(MAX_BODY_BYTES))["statusCode"] == 201
    assert problem(post(SOUP.ljust(MAX_BODY_BYTES + 1)))["code"] == "body_too_large"


@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"),
        *("application/json; charset=latin-1", "multipart/form-data; boundary=x", "\ud800"),
        *("application/json; version=1; charset=utf-16", "application/json; charset=\ud800"),
        *('application/json; charset="iso-8859-1"', "application/json; CHARSET=LATIN1"),
        *("application/json, text/plain", "application/problem+json", "text/json"),
    ],
)
def test_a_body_of_another_type_is_refused(content_type: str) -> None:
    found = problem(post(b"\xff", content_type=content_type))

    assert (found["status"], found["code"]) == (415, "unsupported_media_type")
    assert "application/json" in found["detail"]


def test_a_body_without_a_type_is_refused() -> None:
    event = http_event(SOUP, ANN) | {"headers": {}}

    assert FakeDeployment().call("create_order", event)["statusCode"] == 415


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'),
        *("application/json", "application/json;", "application/json ; ", "APPLICATION/JSON"),
        *("application/json; charset=utf8", "application/json; charset=us-ascii"),
        *("application/json; version=1", "application/json; version=1; Charset=UTF8"),
        *('application/json; profile="a;charset=latin-1"', "application/json; q"),
    ],
)
def test_json_in_utf_8_is_read_with_any_other_parameter(content_type: str) -> None:
    assert post(SOUP, content_type=content_type)["statusCode"] == 201


INVALID_IDS = [
    "",
    " ",
    "ann ",
    "ann\n",
    "%61nn",
    "../admin",
    "a" * 65,
    "x" * 8000,
    "\x00",
    "\ud800",
    "ä",
]


@pytest.mark.parametrize("invalid_id", INVALID_IDS, ids=lambda value: ascii(value[:20]))
def test_an_invalid_customer_id_is_refused(invalid_id: str, log: Lines) -> None:
    found = problem(post(SOUP, {"customer_id": invalid_id}))

    assert (found["status"], [e["field"] for e in found["errors"]]) == (422, ["customer_id"])
    assert ID_PATTERN in found["errors"][0]["problem"]
    assert all(len(json.dumps(written)) < LONGEST_LINE for written in log())


@pytest.mark.parametrize("invalid_id", INVALID_IDS, ids=lambda value: ascii(value[:20]))
@pytest.mark.parametrize("name", ["customer_id", "order_id"])
@pytest.mark.parametrize("function", ["get_order", "cancel_order"])
def test_an_invalid_id_of_an_order_is_answered_as_not_found(
    function: str, name: str, invalid_id: str, log: Lines
) -> None:
    path = {"customer_id": "ann", "order_id": "0" * 32} | {name: invalid_id}
    event = http_event(path=path, authorization=f"Bearer {invalid_id}x")

    answer = FakeDeployment().call(function, event)

    assert problem(answer)["code"] == "order_not_found"
    assert all(len(json.dumps(written)) < LONGEST_LINE for written in log())


@pytest.mark.parametrize("function", ["get_order", "cancel_order"])
def test_a_missing_token_is_answered_before_an_invalid_id(function: str) -> None:
    event = http_event(path={"customer_id": "ann", "order_id": "no id"})

    assert problem(FakeDeployment().call(function, event))["code"] == "unauthorized"
