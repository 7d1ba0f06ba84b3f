"""Staff list, show, move back and drop messages that their consumer could not process."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gorder.contracts.back_office import InvalidRequest
from gorder.dead_letters.errors import UnknownDeadLetter
from gorder.dead_letters.model import Attribute, Queue
from gorder.dead_letters.ports import LastFailure
from gorder.order.payments import RefundReason
from gorder.order.status import LaterStatus
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.runtime.clock import utc_now
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, paid, payment, pending
from tests.unit.runtime.conftest import Lines, log

__all__ = ["log"]

BY = {"by": "ann@example.com"}
DROP = BY | {"reason": "It is forged."}


def event(type_: str = "order.paid", order_id: str = ORDER_ID, **data: object) -> str:
    """Return a body that names the order."""
    return json.dumps(
        {"event_type": type_, "event_id": "event-1", "data": {"order_id": order_id, **data}}
    )


@pytest.fixture
def deployment() -> FakeDeployment:
    """The functions, and a paid order."""
    deployment = FakeDeployment()
    deployment.orders.stored[ORDER_ID] = paid()
    return deployment


def office(deployment: FakeDeployment, command: str, **fields: object) -> dict[str, Any]:
    return deployment.call("back_office", {"command": f"{command}", **fields})


def listed(deployment: FakeDeployment, **fields: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office(deployment, "list_dead_letters", **fields)["letters"]
    return found


def test_a_letter_is_listed_with_its_reason_and_money(deployment: FakeDeployment) -> None:
    sent_at = utc_now() - timedelta(hours=3)
    failed_at = sent_at + timedelta(hours=2)
    message_id = deployment.letters.put(Queue.KITCHEN, event(), sent_at=sent_at)
    reason = "order_missing: order x is not stored"
    deployment.failures.known[message_id] = LastFailure(reason, failed_at, "Traceback")

    [row] = listed(deployment)

    assert 10_800 <= row.pop("age_seconds") < 10_900
    assert row == {
        "queue": "kitchen",
        "message_id": message_id,
        "event_type": "order.paid",
        "event_id": "event-1",
        "order_id": ORDER_ID,
        "product_id": None,
        "order_status": "paid",
        "sent_at": sent_at.isoformat().replace("+00:00", "Z"),
        "kept_until": (sent_at + timedelta(days=14)).isoformat().replace("+00:00", "Z"),
        "received": 1,
        "reason": reason,
        "failed_at": failed_at.isoformat().replace("+00:00", "Z"),
        "hint": None,
        "at_stake": {"amount": 1650, "currency": "eur", "text": "A paid order is not cooked."},
    }
    assert listed(deployment)[0]["received"] == 2


def test_queues_are_listed_by_what_is_at_stake_up_to_a_limit(deployment: FakeDeployment) -> None:
    for queue in reversed(Queue):
        for _ in range(12):
            deployment.letters.put(queue, event())
    deployment.letters.receive(Queue.KITCHEN)

    answer = office(deployment, "list_dead_letters", limit=30)

    assert [row["queue"] for row in answer["letters"]] == (
        ["order_paid"] * 12 + ["refund"] * 12 + ["kitchen"] * 2 + ["payment_link"] * 4
    )
    assert answer["queues"] == [
        {"queue": queue.value, "letters": 12, "in_use": 10 if queue is Queue.KITCHEN else 0}
        for queue in Queue
    ]
    assert {row["queue"] for row in listed(deployment, queue="catalogue")} == {"catalogue"}


def test_letters_about_an_order_are_listed(deployment: FakeDeployment) -> None:
    for queue in (Queue.KITCHEN, Queue.ORDER_PAID):
        for order_id in ("other", ORDER_ID):
            for _ in range(15 if order_id == "other" else 1):
                deployment.letters.put(queue, event(order_id=order_id))
    deployment.letters.put(Queue.REFUND, "poison")

    rows = listed(deployment, order_id=ORDER_ID, limit=2)

    assert [(row["queue"], row["order_id"]) for row in rows] == [
        *(("order_paid", ORDER_ID), ("kitchen", ORDER_ID))
    ]
    assert deployment.letters.state(Queue.KITCHEN).waiting == 16
    assert deployment.faults.calls.count("letters.receive") == 8


def test_a_refund_that_is_due_is_at_stake(deployment: FakeDeployment) -> None:
    refused = replace(payment(1600), refund_reason=RefundReason.WRONG_AMOUNT)
    deployment.orders.stored[ORDER_ID] = replace(pending(), payments=(refused,))
    deployment.letters.put(Queue.REFUND, event("order.refund_due"))

    [row] = listed(deployment)

    assert (row["at_stake"]["amount"], row["at_stake"]["currency"]) == (1600, "eur")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "poison",
        "null",
        "[" * 100_000,
        "\x00\ud7ff\ufffd",
        "x" * 262_144,
        event(order_id="gone"),
    ],
    ids=lambda body: ascii(body)[:20],
)
@pytest.mark.parametrize("queue", Queue)
def test_no_body_breaks_the_list(deployment: FakeDeployment, queue: Queue, body: str) -> None:
    message_id = deployment.letters.put(queue, body)
    deployment.letters.put(queue, event())

    rows = listed(deployment)
    shown = office(deployment, "show_dead_letter", queue=queue.value, message_id=message_id)

    assert len(rows) == 2
    assert shown["body_length"] == len(body)
    assert shown["body"] == body[:100_000]


@pytest.mark.parametrize("broken", ["unreadable", "missing", "unavailable", "later"])
def test_no_order_breaks_the_list(deployment: FakeDeployment, broken: str) -> None:
    match broken:
        case "unreadable":
            deployment.orders.unreadable.add(ORDER_ID)
        case "missing":
            deployment.orders.stored.clear()
        case "unavailable":
            deployment.faults.on("orders.get")
        case "later":
            later = replace(paid(), status=LaterStatus("frozen"))
            deployment.orders.stored[ORDER_ID] = later
    for _ in range(2):
        deployment.letters.put(Queue.KITCHEN, event())

    rows = listed(deployment)

    if broken == "later":
        assert [row["order_status"] for row in rows] == ["frozen"] * 2
    else:
        assert [row["at_stake"]["amount"] for row in rows] == [None] * 2
        assert all("The order" in row["at_stake"]["text"] for row in rows)
    assert deployment.faults.calls.count("orders.get") == 1


def test_a_log_that_cannot_be_read_is_a_hint(deployment: FakeDeployment) -> None:
    deployment.letters.put(Queue.KITCHEN, event())
    deployment.failures.unreadable = "The log cannot be read (AccessDeniedException)."

    [row] = listed(deployment)

    assert (row["reason"], row["failed_at"]) == (None, None)
    assert row["hint"] == "The log cannot be read (AccessDeniedException)."


def test_a_letter_is_shown_whole(deployment: FakeDeployment) -> None:
    attributes = {"event_type": Attribute("String", "order.paid"), "x": Attribute("Binary", b"\0")}
    message_id = deployment.letters.put(Queue.KITCHEN, event(), attributes=attributes)
    deployment.failures.known[message_id] = LastFailure("x: y", utc_now(), "Traceback")

    shown = office(deployment, "show_dead_letter", queue="kitchen", message_id=message_id)

    assert json.loads(shown["body"])["event_id"] == "event-1"
    assert shown["attributes"] == {"event_type": "order.paid", "x": "1 bytes"}
    assert shown["stack"] == "Traceback"
    assert deployment.letters.state(Queue.KITCHEN).waiting == 1


def test_an_unknown_letter_is_answered_in_words(deployment: FakeDeployment) -> None:
    deployment.letters.put(Queue.KITCHEN, event(), message_id="busy")
    deployment.letters.receive(Queue.KITCHEN)

    with pytest.raises(UnknownDeadLetter, match="1 are in use by another call: try again"):
        office(deployment, "show_dead_letter", queue="kitchen", message_id="busy")


def test_a_letter_is_moved_back_once_and_logged(deployment: FakeDeployment, log: Lines) -> None:
    message_id = deployment.letters.put(Queue.KITCHEN, event(), trace="Root=1-2-3")
    one = {"queue": "kitchen", "message_id": message_id} | BY

    planned = office(deployment, "redrive_dead_letters", dry_run=True, **one)
    first = office(deployment, "redrive_dead_letters", **one)
    again = office(deployment, "redrive_dead_letters", **one)

    assert (planned["outcome"], planned["count"]) == ("would_be_moved", 1)
    assert (first["outcome"], first["text"]) == ("moved", "Messages moved back to their queue: 1.")
    assert first["letters"][0]["order_id"] == ORDER_ID
    assert (again["outcome"], again["count"], again["letters"]) == ("not_found", 0, [])
    [sent] = deployment.letters.sent[Queue.KITCHEN]
    assert (sent.body, sent.trace) == (event(), "Root=1-2-3")
    [line] = [line for line in log() if line["message"] == "dead_letter.moved_back"]
    assert (line["by"], line["order_id"], line["message_id"]) == (
        *("ann@example.com", ORDER_ID, message_id),
    )


def test_every_letter_is_moved_back(deployment: FakeDeployment) -> None:
    for queue in Queue:
        for _ in range(30):
            deployment.letters.put(queue, event())

    first = office(deployment, "redrive_dead_letters", **BY)
    again = office(deployment, "redrive_dead_letters", **BY)

    assert (first["count"], len(first["letters"]), first["remaining"]) == (150, 100, 0)
    assert again["outcome"] == "nothing_to_do"
    assert {len(sent) for sent in deployment.letters.sent.values()} == {30}


def test_a_dropped_letter_is_kept_on_record(deployment: FakeDeployment, log: Lines) -> None:
    message_id = deployment.letters.put(Queue.KITCHEN, event())
    one = {"queue": "kitchen", "message_id": message_id} | DROP

    planned = office(deployment, "drop_dead_letters", dry_run=True, **one)
    assert (planned["outcome"], deployment.orders.stored[ORDER_ID].notes) == (
        "would_be_dropped",
        (),
    )
    first = office(deployment, "drop_dead_letters", **one)
    again = office(deployment, "drop_dead_letters", **one)

    assert (first["outcome"], first["letters"][0]["noted"]) == ("dropped", True)
    assert again["outcome"] == "not_found"
    assert not deployment.letters.sent[Queue.KITCHEN]
    assert not deployment.letters.bodies(Queue.KITCHEN)
    [note] = deployment.orders.stored[ORDER_ID].notes
    assert (note.command, note.by) == ("drop_dead_letters", "ann@example.com")
    assert note.text == "It is forged. (dropped from kitchen: order.paid, event event-1)"
    [line] = [line for line in log() if line["message"] == "dead_letter.dropped"]
    assert (line["body"], line["by"], line["reason"]) == (event(), BY["by"], "It is forged.")


@pytest.mark.parametrize("broken", ["unreadable", "missing", "later", "garbage"])
def test_a_letter_whose_order_takes_no_note_is_dropped(
    deployment: FakeDeployment, broken: str, log: Lines
) -> None:
    body = event()
    match broken:
        case "unreadable":
            deployment.orders.unreadable.add(ORDER_ID)
        case "missing":
            deployment.orders.stored.clear()
        case "later":
            deployment.orders.stored[ORDER_ID] = replace(paid(), status=LaterStatus("frozen"))
        case "garbage":
            body = "x" * 200_000
    deployment.letters.put(Queue.KITCHEN, body)

    answer = office(deployment, "drop_dead_letters", queue="kitchen", all=True, **DROP)

    assert (answer["count"], answer["letters"][0]["noted"]) == (1, False)
    assert deployment.letters.bodies(Queue.KITCHEN) == []
    [line] = [line for line in log() if line["message"] == "dead_letter.dropped"]
    assert line["body"] == body[:100_000]


def test_a_letter_is_not_dropped_while_its_order_cannot_be_noted(
    deployment: FakeDeployment,
) -> None:
    deployment.letters.put(Queue.KITCHEN, event())
    deployment.faults.on("orders.replace")

    with pytest.raises(OrderStoreUnavailableError):
        office(deployment, "drop_dead_letters", queue="kitchen", all=True, **DROP)
    assert deployment.letters.state(Queue.KITCHEN).waiting == 1

    assert office(deployment, "drop_dead_letters", queue="kitchen", all=True, **DROP)["count"] == 1
    assert len(deployment.orders.stored[ORDER_ID].notes) == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"command": "list_dead_letters", "queue": "orders"}, "queue: must be one of payment_link"),
        ({"command": "list_dead_letters", "limit": 101}, "limit: must be a whole number"),
        ({"command": "show_dead_letter", "queue": "refund"}, "message_id: is required"),
        (
            {"command": "show_dead_letter", "queue": "refund", "message_id": "a\nb"},
            "message_id: must be the id that list_dead_letters shows",
        ),
        ({"command": "redrive_dead_letters"}, "by: is required"),
        (BY | {"command": "redrive_dead_letters", "dry_run": 1}, "dry_run: must be true or false"),
        (DROP | {"command": "drop_dead_letters"}, "queue: is required"),
        (DROP | {"command": "drop_dead_letters", "queue": "refund"}, "message_id: name one"),
        (
            DROP | {"command": "drop_dead_letters", "queue": "refund", "all": "yes"},
            "all: must be true or false",
        ),
        (
            DROP
            | {"command": "drop_dead_letters", "queue": "refund", "all": True, "message_id": "x"},
            "message_id: name one message, or drop every one with all: true",
        ),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        FakeDeployment().call("back_office", fields)
