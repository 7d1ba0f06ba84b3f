"""The requests of the back office, and the errors that an operator reads."""

import json
from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest, parse_request
from gorder.contracts.back_office_audit import RunAuditRequest
from gorder.contracts.back_office_orders import CloseOrderRequest, ListUnmatchedPaymentsRequest
from gorder.contracts.back_office_stock import ReceiveStockRequest, SyncCatalogueRequest

RECEIPT: dict[str, Any] = {
    "command": "receive_stock",
    "receipt_id": "r1",
    "product_id": "soup",
    "quantity": 5,
}
WHOLE = "quantity: must be a whole number from 1 to 1000000000"


def test_a_request_is_parsed() -> None:
    assert parse_request(json.dumps(RECEIPT)) == ReceiveStockRequest(**RECEIPT)


@pytest.mark.parametrize("body", ["{}", '{"command": "sell"}', '{"command": null}'])
def test_an_unknown_command_is_answered_with_the_known_ones(body: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(body)

    assert str(raised.value) == (
        "Invalid back office request: "
        "command: must be one of sync_catalogue, receive_stock, waste_stock, return_stock, "
        "count_stock, settle_units, show_stock, show_holds, "
        "repair_stock, repair_stock_order, list_stock_repairs, "
        "pause_product, resume_product, pause_shop, resume_shop, "
        "close_order, refund_order, retry_refund, list_unmatched_payments, show_order, "
        "list_orders, export_orders, forget_customer, "
        "repair_order, show_document, reconcile_order, keep_payment, "
        "list_dead_letters, show_dead_letter, redrive_dead_letters, drop_dead_letters, run_audit, "
        "report_day"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"quantity": 0}, WHOLE),
        ({"quantity": -1}, WHOLE),
        ({"quantity": 10**10}, WHOLE),
        ({"quantity": 10**4000}, WHOLE),
        ({"quantity": 1.5}, WHOLE),
        ({"quantity": True}, WHOLE),
        ({"quantity": None}, WHOLE),
        ({"quantity": "5"}, WHOLE),
        ({"quantity": float("nan")}, WHOLE),
        ({"quantity": [[[[1]]]]}, WHOLE),
        ({"receipt_id": ""}, "receipt_id: must be 1 to 64 letters, digits"),
        ({"receipt_id": 7}, "receipt_id: must be 1 to 64 letters, digits"),
        ({"product_id": "a b"}, "product_id: must be 1 to 64 letters, digits"),
        ({"product_id": "soup "}, "product_id: must be 1 to 64 letters, digits"),
        ({"by": ""}, "by: must be 1 to 128 ASCII characters"),
        ({"by": "ann\nroot"}, "by: must be 1 to 128 ASCII characters"),
        ({"by": "a" * 129}, "by: must be 1 to 128 ASCII characters"),
        ({"by": " ann"}, "by: must be 1 to 128 ASCII characters"),
        ({"by": "ann "}, "by: must be 1 to 128 ASCII characters"),
        ({"by": " "}, "by: must be 1 to 128 ASCII characters"),
        ({"by": "ann\n"}, "by: must be 1 to 128 ASCII characters"),
        ({"price": 7}, "price: is not a known field"),
        ({"\x1b[2J" + "x" * 1000: 7}, "\\x1b[2Jxxx"),
    ],
    ids=lambda value: "" if isinstance(value, str) else ascii(value)[:40],
)
def test_a_wrong_field_is_named_with_its_bound(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps(RECEIPT | change))

    assert problem in str(raised.value)
    assert len(str(raised.value)) < 300
    for word in ("_tag", "Input should", "receive_stock."):
        assert word not in str(raised.value)


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"receipt_id: is required; quantity: is required"):
        parse_request('{"command": "receive_stock", "product_id": "soup"}')


def test_at_most_twenty_wrong_fields_are_named() -> None:
    with pytest.raises(InvalidRequest) as raised:
        parse_request(json.dumps(RECEIPT | dict.fromkeys(map(str, range(5000)), 7)))

    assert str(raised.value).count("is not a known field") == 20


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "7",
        "{",
        "",
        "null",
        '"receive_stock"',
        '{"command": "\\ud800"}',
        "[" * 100_000,
        '{"command":' * 50_000,
    ],
)
def test_a_body_that_is_not_an_object_is_refused(body: str) -> None:
    with pytest.raises(InvalidRequest, match="request: "):
        parse_request(body)


@pytest.mark.parametrize(
    "wrong",
    [
        *("PAD ", " PAD", "PAD\t", "PAD\n", "PAD\u00a0", "PAD\u200b", "PAD\u3000", " ", "\x00"),
        *("r\n\u202e<script>", "-r", "r" * 65, "r\u00e9", "r;--", "r'", 'r"', "r\\"),
    ],
    ids=ascii,
)
def test_a_receipt_that_the_database_could_confuse_with_another_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidRequest, match="receipt_id: must be") as raised:
        parse_request(json.dumps(RECEIPT | {"receipt_id": wrong}))

    assert not wrong.strip() or wrong not in str(raised.value)


@pytest.mark.parametrize(
    "receipt", ["r", "PAD", "delivery-0815", "LS 2026/0815", "no. 7", "a:b#c_d", "r" * 64]
)
def test_the_usual_numbers_of_deliveries_are_accepted(receipt: str) -> None:
    request = parse_request(json.dumps(RECEIPT | {"receipt_id": receipt}))

    assert isinstance(request, ReceiveStockRequest)
    assert request.receipt_id == receipt


@pytest.mark.parametrize(
    "by",
    [
        *("a", "ann", "Ann Smith", "ann@example.com", "a" * 128),
        "arn:aws:sts::123456789012:assumed-role/Ops/ann",
    ],
)
@pytest.mark.parametrize("command", [RECEIPT, {"command": "sync_catalogue"}])
def test_a_changing_request_may_say_who_asked(command: dict[str, Any], by: str) -> None:
    request = parse_request(json.dumps(command | {"by": by}))

    assert isinstance(request, ReceiveStockRequest | SyncCatalogueRequest)
    assert request.by == by


CLOSE: dict[str, Any] = {
    "command": "close_order",
    "order_id": "order-1",
    "reason": "The oven is broken.",
    "by": "ann",
}


@pytest.mark.parametrize("reason", ["x", "Kundin rief an: k\u00fcndigt \u2013 \u00a75", "x" * 500])
def test_a_reason_is_one_line_in_words(reason: str) -> None:
    request = parse_request(json.dumps(CLOSE | {"reason": reason}))

    assert isinstance(request, CloseOrderRequest)
    assert request.reason == reason


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        *(
            ({"reason": wrong}, "reason: must be 1 to 500 visible characters on one line")
            for wrong in (
                "",
                " ",
                " x",
                "x ",
                "a\nb",
                "a\x00b",
                "x\u202ey",
                "x\u2028y",
                "x\u2029y",
                "x" * 501,
                None,
                7,
            )
        ),
        ({"reason": "\ud800"}, "is not JSON that can be read"),
        ({"order_id": "a b"}, "order_id: must be 1 to 64 letters"),
        ({"by": None}, "by: must be 1 to 128 ASCII"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_wrong_field_of_a_command_about_an_order_is_named(
    change: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        parse_request(json.dumps(CLOSE | change))


def test_a_command_that_changes_an_order_says_who_asked_and_why() -> None:
    with pytest.raises(InvalidRequest, match="reason: is required; by: is required"):
        parse_request('{"command": "close_order", "order_id": "x"}')
    with pytest.raises(InvalidRequest, match="by: is required"):
        parse_request('{"command": "retry_refund", "order_id": "x"}')


def test_a_list_has_a_bound() -> None:
    request = parse_request('{"command": "list_unmatched_payments"}')

    assert request == ListUnmatchedPaymentsRequest(command="list_unmatched_payments", limit=100)
    for limit in (0, 101, "7", 1.5):
        with pytest.raises(InvalidRequest, match="limit: must be a whole number from 1 to 100"):
            parse_request(json.dumps({"command": "list_unmatched_payments", "limit": limit}))
    with pytest.raises(InvalidRequest, match="after: must be Stripe's id of a payment"):
        parse_request(json.dumps({"command": "list_unmatched_payments", "after": "x" * 256}))


@pytest.mark.parametrize(
    "place", ["payments:1764300000", "reservations:a1", "orders:a-1.b_2", "orders:"]
)
def test_a_full_audit_goes_on_where_another_one_has_ended(place: str) -> None:
    body = {"command": "run_audit", "full": True, "begin_at": place, "by": "ann"}

    assert parse_request(json.dumps(body)) == RunAuditRequest(
        command="run_audit", full=True, begin_at=place, by="ann"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"begin_at": "payments:x"}, "begin_at: must be the `next` of a full audit"),
        ({"begin_at": "orders:/"}, "begin_at: must be the `next` of a full audit"),
        ({"full": "yes"}, "full: must be true or false"),
        ({"by": ""}, "by: must be 1 to 128 ASCII"),
    ],
)
def test_a_wrong_field_of_an_audit_is_named(change: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        parse_request(json.dumps({"command": "run_audit", "by": "ann"} | change))
