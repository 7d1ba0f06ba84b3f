"""The requests of the stock service, and what is refused."""

import json
from typing import Any

import pytest

from gorder.contracts.stock import (
    ConfirmReservationRequest,
    ListMenuRequest,
    MalformedRequestError,
    OverdueReservationsRequest,
    ReleaseReservationRequest,
    parse_request,
)

BEFORE = "2026-11-23T12:00:00Z"


def request(operation: str, **fields: Any) -> str:
    return json.dumps({"trace_id": "t", "operation": operation} | fields)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (request("menu"), ListMenuRequest),
        (request("overdue", before=BEFORE, limit=100), OverdueReservationsRequest),
        (request("release", order_id="o1"), ReleaseReservationRequest),
        (request("release", order_id="o1", overdue_at=BEFORE), ReleaseReservationRequest),
        (request("confirm", order_id="a.b-c_" + "d" * 58), ConfirmReservationRequest),
    ],
)
def test_a_request_is_parsed(body: str, kind: type) -> None:
    assert isinstance(parse_request(body), kind)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(request("overdue", before=BEFORE, limit=0), id="limit too low"),
        pytest.param(request("overdue", before=BEFORE, limit=101), id="limit too high"),
        pytest.param(request("overdue", before=BEFORE[:-1], limit=1), id="a time without a zone"),
        pytest.param(request("overdue", before="1700000000", limit=1), id="a number as text"),
        pytest.param(request("overdue", before="1700000000.5", limit=1), id="a fraction as text"),
        pytest.param(request("overdue", before=1700000000, limit=1), id="a number"),
        pytest.param(request("overdue", before="2026-11-23", limit=1), id="a day"),
        pytest.param(request("overdue", before=True, limit=1), id="true"),
        pytest.param(request("menu", version=0), id="an unknown earlier version"),
        pytest.param(request("menu", version="1"), id="a version that is a string"),
    ],
)
def test_a_body_of_another_form_is_refused(body: str) -> None:
    with pytest.raises(MalformedRequestError):
        parse_request(body)


EXTREME_TIMES = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:00-14:00",
    "0999-12-31T23:59:59Z",
    "1969-12-31T23:59:59.999999Z",
    "9999-01-01T00:00:00Z",
]


@pytest.mark.parametrize("time", EXTREME_TIMES)
def test_a_time_that_arithmetic_or_mysql_cannot_hold_is_refused(time: str) -> None:
    hold = {"order_id": "o1", "expires_at": time, "lines": [{"product_id": "a", "quantity": 1}]}
    for body in (
        request("reserve", holds=[hold]),
        request("release", order_id="o1", overdue_at=time),
        request("overdue", before=time, limit=1),
    ):
        with pytest.raises(MalformedRequestError, match=r"must be (greater|less) than"):
            parse_request(body)


@pytest.mark.parametrize(
    "wrong", ["", "o1 ", " o1", "o1\n", "o\x001", "o\u00e9", "_o1", "o/1", "o" * 65, "o1\u200b"]
)
def test_an_id_that_the_database_could_confuse_with_another_is_refused(wrong: str) -> None:
    hold = {"order_id": "o1", "expires_at": BEFORE, "lines": [{"product_id": wrong, "quantity": 1}]}
    for body in (request("confirm", order_id=wrong), request("reserve", holds=[hold])):
        with pytest.raises(MalformedRequestError) as refusal:
            parse_request(body)
        assert not wrong.strip() or wrong not in str(refusal.value)


def test_many_faults_are_described_shortly() -> None:
    lines = [{"product_id": "?", "quantity": 0}] * 50
    holds = [{"order_id": "?", "expires_at": "", "lines": lines}] * 100

    with pytest.raises(MalformedRequestError) as refusal:
        parse_request(request("reserve", holds=holds))

    assert str(refusal.value).count(";") == 19


def test_a_hold_that_names_a_product_twice_is_refused() -> None:
    lines = [{"product_id": "soup", "quantity": units} for units in (6, 5)]
    hold = {"order_id": "o1", "expires_at": BEFORE, "lines": lines}
    with pytest.raises(MalformedRequestError, match=r"holds\.0\.lines: repeated_product"):
        parse_request(request("reserve", holds=[hold]))
