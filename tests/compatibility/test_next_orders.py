"""Order documents that the next release might write pass through this one and are kept whole.

New fields at every level, a new status, a new type of event. Nothing alarms (an ERROR line does),
nothing is lost, nothing is moved backwards.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.collection import Collection

from gorder.bootstrap.payment_link import payable
from gorder.contracts.events import CookingTimeElapsed, OrderData
from gorder.order.access_token import Scope
from gorder.order.adapters.mongo_documents import Document
from gorder.order.model import Order
from gorder.runtime.clock import utc_now
from tests.compatibility.consumers import assert_no_alarm, consume
from tests.compatibility.frozen import (
    later_fields,
    read,
    read_text,
    with_later_fields,
)
from tests.fakes.aws_events import http_event
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import (
    CUSTOMER_ID,
    ORDER_ID,
    PAGE_OPTIONS,
    TRACE_ID,
)
from tests.fakes.keys import TOKENS, idempotency_key
from tests.unit.runtime.conftest import Lines

pytestmark = pytest.mark.servers

ORDERS = read("orders.json")
EVENTS = read_text("events.json")
NEW_STATUS = "being_delivered"
NEW_EVENT = {"event_id": "new", "event_type": "order.delivered"}


def store(collection: Collection[Document], name: str, **change: Any) -> Document:
    """Store a frozen order as a later release would have written it, its stock held."""
    document: Document = with_later_fields(ORDERS[name]) | change
    now = utc_now()
    for entry in (*document["history"], *document["outbox"]):
        entry["at" if "at" in entry else "occurred_at"] = now - timedelta(minutes=5)
    document["checkout"]["expires_at"] = now + timedelta(minutes=31)
    collection.insert_one(document)
    return document


def hold(deployment: FakeDeployment, expires_in: timedelta = timedelta(minutes=31)) -> None:
    """Hold the stock of the frozen order."""
    request = {
        "operation": "reserve",
        "trace_id": TRACE_ID,
        "holds": [
            {
                "order_id": ORDER_ID,
                "lines": [
                    {"product_id": "soup", "quantity": 2},
                    {"product_id": "bread", "quantity": 1},
                ],
                "expires_at": (utc_now() + expires_in).isoformat(),
            }
        ],
    }
    assert deployment.call("stock_check", request)["outcomes"][0]["outcome"] == "reserved"


def stored(collection: Collection[Document]) -> Document:
    found = collection.find_one({"_id": ORDER_ID})
    assert found is not None
    return found


def cancel(deployment: FakeDeployment) -> dict[str, Any]:
    return deployment.call("cancel_order", _with_token())


def look(deployment: FakeDeployment) -> dict[str, Any]:
    return deployment.call("get_order", _with_token())


def _with_token() -> dict[str, Any]:
    token = TOKENS.issue(Scope, CUSTOMER_ID, ORDER_ID, utc_now())
    path = {"customer_id": CUSTOMER_ID, "order_id": ORDER_ID}
    return http_event(path=path, authorization=f"Bearer {token}")


def _page_made(deployment: FakeDeployment) -> None:
    assert consume(deployment, "payment_link", EVENTS["order.created"]) == []


def _paid(deployment: FakeDeployment) -> None:
    hold(deployment)
    page = deployment.gateway.create_page(payable(deployment.orders.get(ORDER_ID)), PAGE_OPTIONS)
    deployment.gateway.pay(page.session_id)
    assert consume(deployment, "order_paid", EVENTS["payment.succeeded"]) == []


def _cooked(deployment: FakeDeployment) -> None:
    rung = CookingTimeElapsed(
        event_id="rung",
        occurred_at=utc_now(),
        trace_id=TRACE_ID,
        data=OrderData(order_id=ORDER_ID),
    )
    assert consume(deployment, "kitchen", rung.model_dump_json()) == []


def _cancelled(deployment: FakeDeployment) -> None:
    hold(deployment)
    _page_made(deployment)
    assert cancel(deployment)["statusCode"] == 200


def _closed(deployment: FakeDeployment) -> None:
    hold(deployment)
    _page_made(deployment)
    request = {"command": "close_order", "order_id": ORDER_ID, "reason": "no gas", "by": "ann"}
    assert deployment.call("back_office", request)["status"] == "cancelled"
    assert [note.text for note in deployment.orders.get(ORDER_ID).notes] == ["no gas"]


def _expired(deployment: FakeDeployment) -> None:
    hold(deployment)
    _page_made(deployment)
    deployment.orders.replace(*_due(deployment, utc_now() - timedelta(minutes=1)))
    _swept(deployment)


def _due(deployment: FakeDeployment, at: datetime) -> tuple[Order, Order]:
    """Return the stored order, and the same one with its time to pay over."""
    order = deployment.orders.get(ORDER_ID)
    return order, replace(order, checkout=replace(order.checkout, expires_at=at))


def _swept(deployment: FakeDeployment) -> None:
    assert deployment.call("sweep", {}) == {"failed": 0}


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("pending", _page_made, "waiting_for_payment"),
        ("waiting_for_payment", _paid, "paid"),
        ("paid", _cooked, "cooked"),
        ("pending", _cancelled, "cancelled"),
        ("pending", _expired, "expired"),
        ("pending", _closed, "cancelled"),
        ("cooked", _swept, "cooked"),
    ],
)
def test_a_write_keeps_every_field_it_does_not_know(
    deployment: FakeDeployment,
    collection: Collection[Document],
    name: str,
    change: Callable[[FakeDeployment], None],
    status: str,
    log: Lines,
) -> None:
    before = store(collection, name)

    change(deployment)

    after = stored(collection)
    assert after["status"] == status
    gone = {".outbox[]"} if not after["outbox"] else set()
    assert later_fields(before) - later_fields(after) <= gone
    for kept, was in zip(after["history"], before["history"], strict=False):
        assert kept == was | {"at": kept["at"]}
    assert after["lines"] == before["lines"]
    assert_no_alarm(log())


MESSAGES = {
    "payment_link": EVENTS["order.created"],
    "order_paid": EVENTS["payment.succeeded"],
    "kitchen": EVENTS["kitchen.cooking_time_elapsed"],
}


@pytest.mark.parametrize("function", MESSAGES)
def test_a_message_for_an_order_of_a_new_status_returns_to_its_queue(
    deployment: FakeDeployment, collection: Collection[Document], function: str, log: Lines
) -> None:
    before = store(collection, "paid", status=NEW_STATUS)

    assert consume(deployment, function, MESSAGES[function]) == [{"itemIdentifier": "0"}]

    assert stored(collection) == before
    assert "later_release" in {line.get("code") for line in log()}
    assert_no_alarm(log())


def test_the_sweep_leaves_an_order_of_a_new_status_alone(
    deployment: FakeDeployment, collection: Collection[Document], log: Lines
) -> None:
    hold(deployment, -timedelta(hours=1))
    before = store(collection, "paid", status=NEW_STATUS)

    _swept(deployment)
    _swept(deployment)

    assert stored(collection) == before
    assert deployment.bus.published == []
    reservation = deployment.stock.run(lambda stock: stock.reservations([ORDER_ID]))[ORDER_ID]
    assert reservation.is_held
    assert reservation.expires_at > utc_now() - timedelta(minutes=1)
    assert_no_alarm(log())


def test_an_order_of_a_new_status_is_shown_and_cannot_be_cancelled_here(
    deployment: FakeDeployment, collection: Collection[Document], log: Lines
) -> None:
    history = [
        *with_later_fields(ORDERS["paid"]["history"]),
        {"status": NEW_STATUS, "at": utc_now()},
    ]
    before = store(collection, "paid", status=NEW_STATUS, history=history)

    shown, refused = look(deployment), cancel(deployment)

    assert shown["statusCode"] == 200
    body = json.loads(shown["body"])
    assert (body["status"], body["history"][-1]["status"]) == (NEW_STATUS, NEW_STATUS)
    assert refused["statusCode"] == 503
    assert json.loads(refused["body"])["code"] == "later_release"
    assert stored(collection) == before
    assert_no_alarm(log())


def test_an_order_of_a_new_status_is_found_by_its_idempotency_key(
    deployment: FakeDeployment, collection: Collection[Document], log: Lines
) -> None:
    body = json.dumps({"items": [{"id": "soup", "quantity": 2}]})
    key = idempotency_key()
    request = http_event(
        body,
        {"customer_id": CUSTOMER_ID},
        idempotency_key=key.text,
        idempotency_secret=key.secret,
    )
    first = json.loads(deployment.call("create_order", request)["body"])
    collection.update_one({"_id": first["order_id"]}, {"$set": {"status": NEW_STATUS}})

    again = deployment.call("create_order", request)

    assert again["statusCode"] == 201
    assert json.loads(again["body"])["status"] == NEW_STATUS
    assert_no_alarm(log())


def test_an_outbox_event_of_a_new_type_waits_for_its_release(
    deployment: FakeDeployment, collection: Collection[Document], log: Lines
) -> None:
    known = ORDERS["cooked"]["outbox"]
    new = with_later_fields(NEW_EVENT | {"occurred_at": None})
    store(collection, "cooked", outbox=[new, *with_later_fields(known)])

    _swept(deployment)
    _swept(deployment)

    assert deployment.bus.types == ["order.cooked"]
    [left] = stored(collection)["outbox"]
    assert left.items() >= NEW_EVENT.items()
    assert later_fields(left) == {"."}
    assert_no_alarm(log())


def test_orders_with_new_events_do_not_keep_others_from_delivery(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    old = utc_now() - timedelta(hours=1)
    left = {"outbox": [NEW_EVENT | {"occurred_at": old}]}
    collection.insert_many(ORDERS["cooked"] | left | {"_id": f"left-{n}"} for n in range(60))
    store(collection, "cooked")

    _swept(deployment)

    assert deployment.bus.types == ["order.cooked"]
    assert collection.count_documents({"_id": {"$regex": "^left-"}, "outbox.event_id": "new"}) == 60


def test_a_document_that_cannot_be_read_does_not_block_the_others(
    deployment: FakeDeployment, collection: Collection[Document]
) -> None:
    old = {"outbox": [entry | {"occurred_at": NOON} for entry in ORDERS["cooked"]["outbox"]]}
    collection.insert_one(ORDERS["cooked"] | old | {"_id": "unreadable", "checkout": None})
    store(collection, "cooked")

    deployment.call("sweep", {})

    assert deployment.bus.types == ["order.cooked"]
    assert stored(collection)["outbox"] == []
