"""The sample events under `events/`, each through the entry of its function."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gorder.bootstrap.clock import utc_now
from gorder.contracts.back_office import InvalidRequest
from gorder.order.model import Order, OutboxEvent, Status
from gorder.stock.model import UnknownProduct
from tests.fakes.clock import NOON
from tests.fakes.deployment import Deployment
from tests.fakes.examples import ORDER_ID, paid, pending, waiting
from tests.fakes.webhooks import signature

FOLDER = Path(__file__).parents[2] / "events"
DONE: dict[str, Any] = {"batchItemFailures": []}


def sample(name: str) -> dict[str, Any]:
    """The event of `function/case`."""
    event: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return event


@dataclass(frozen=True)
class Case:
    """A sample, the order that is stored when it comes, and what should become of it."""

    name: str
    order: Order | None = None
    status: int | None = None
    published: tuple[str, ...] = ()
    reaches: str | None = None

    @property
    def function(self) -> str:
        return self.name.partition("/")[0]


CASES = [
    Case("create_order/two_products", status=201, published=("order.created",)),
    Case("create_order/with_key", status=201, published=("order.created",)),
    Case("create_order/sold_out", status=409),
    Case("create_order/unknown_product", status=422),
    Case("create_order/no_items", status=422),
    Case("create_order/not_json", status=400),
    Case("get_menu/menu", status=200),
    Case("catalogue_sync/product_changed"),
    Case("get_order/with_token", waiting(), status=200),
    Case("get_order/without_token", waiting(), status=401),
    Case("get_order/another_customers", waiting(), status=404),
    Case(
        "cancel_order/with_token",
        pending(),
        status=200,
        published=("order.created", "order.cancelled"),
        reaches="cancelled",
    ),
    Case("cancel_order/too_late", paid(), status=409, reaches="paid"),
    Case("cancel_order/with_a_token_to_read", pending(), status=404, reaches="pending"),
    Case("payment_link/order_created", pending(), reaches="waiting_for_payment"),
    Case("order_paid/payment_succeeded", waiting(), published=("order.paid",), reaches="paid"),
    Case("kitchen/order_paid", paid(), reaches="paid"),
    Case("kitchen/cooking_time_elapsed", paid(), published=("order.cooked",), reaches="cooked"),
    Case("stripe_webhook/completed", status=400),  # it was signed long ago
    Case("stripe_webhook/no_concern_of_ours", status=400),  # likewise
    Case("stripe_webhook/product_updated", status=400),  # likewise
    Case("stripe_webhook/unsigned", status=400),
]
FAILING = {"order_paid/twice_and_poison": [1], "order_paid/wrong_amount": [0]}
TICKS = {"sweep/tick", "audit/tick"}
SIGNED_NOW = {
    "stripe_webhook/completed": ["payment.succeeded"],
    "stripe_webhook/no_concern_of_ours": [],
    "stripe_webhook/product_updated": ["catalogue.changed"],
}
STOCK_ANSWERS = {
    "stock_check/check": {"products": ["soup"]},
    "stock_check/reserve": {"outcomes": ["reserved"]},
    "stock_check/reserve_too_many": {"outcomes": ["refused"]},
    "stock_check/confirm": {"outcome": "confirmed"},
    "stock_check/release": {"outcome": "released"},
    "stock_check/release_overdue": {"outcome": "refused"},
    "stock_check/overdue": {"order_ids": [ORDER_ID]},
    "stock_check/menu": {"products": ["bread", "soup"]},
}
OFFICE_ANSWERS = {
    "back_office/receive_stock": {"booked": True},
    "back_office/show_stock": {
        "products": [
            {
                "product_id": product_id,
                "name": f"Name of {product_id}",
                "unit_amount": amount,
                "currency": "eur",
                "active": True,
                "on_hand": 10,
                "held": 0,
            }
            for product_id, amount in (("bread", 250), ("soup", 700))
        ]
    },
    # The source of the fake deployment has nothing, so that all is off the menu.
    "back_office/sync_catalogue": {"total": 0, "changed": ["bread", "soup"], "unusable": []},
}
OFFICE_REFUSES: dict[str, type[Exception]] = {
    "back_office/unknown_product": UnknownProduct,
    "back_office/no_command": InvalidRequest,
}
WITH_SERVERS = {"migrate/by_hand"}  # tests/integration/stores/test_migrate.py


def _deployment(order: Order | None) -> Deployment:
    deployment = Deployment()
    if order:
        deployment.orders.stored[order.order_id] = order
        deployment.call("stock_check", sample("stock_check/reserve"))
    return deployment


def test_every_sample_is_tried_here() -> None:
    there = {str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.json")}

    tried = {case.name for case in CASES} | FAILING.keys() | STOCK_ANSWERS.keys()
    assert there == tried | OFFICE_ANSWERS.keys() | OFFICE_REFUSES.keys() | TICKS | WITH_SERVERS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sample_has_its_effect(case: Case) -> None:
    deployment = _deployment(case.order)

    answer = deployment.call(case.function, sample(case.name))

    if case.status:
        assert answer["statusCode"] == case.status, answer["body"]
    else:
        assert answer == DONE
    assert deployment.bus.types == list(case.published)
    if case.reaches:
        assert deployment.orders.stored[ORDER_ID].status == case.reaches


def test_a_tick_closes_what_waited_too_long_and_tells_it() -> None:
    late = pending().retry_checkout(1, utc_now() - timedelta(minutes=1))
    old = replace(late, outbox=(OutboxEvent("old", "order.created", NOON - timedelta(days=999)),))
    deployment = _deployment(old)

    assert deployment.call("sweep", sample("sweep/tick")) == {"failed": 0}

    assert deployment.bus.types == ["order.created", "order.expired"]
    order = deployment.orders.stored[ORDER_ID]
    assert (order.status, order.outbox) == (Status.EXPIRED, ())
    assert deployment.stock.kept.stock["soup"].held == 0


def test_an_audit_of_good_books_finds_nothing() -> None:
    assert _deployment(waiting()).call("audit", sample("audit/tick")) == {"failed": 0}


@pytest.mark.parametrize("name", OFFICE_ANSWERS)
def test_the_back_office_answers(name: str) -> None:
    assert _deployment(None).call("back_office", sample(name)) == OFFICE_ANSWERS[name]


@pytest.mark.parametrize("name", OFFICE_REFUSES)
def test_the_back_office_says_why_it_does_not(name: str) -> None:
    with pytest.raises(OFFICE_REFUSES[name]):
        _deployment(None).call("back_office", sample(name))


@pytest.mark.parametrize("name", FAILING)
def test_a_sample_that_cannot_be_done_comes_back(name: str) -> None:
    deployment = _deployment(waiting())
    event = sample(name)

    answer = deployment.call("order_paid", event)

    records = [event["Records"][number] for number in FAILING[name]]
    assert answer["batchItemFailures"] == [
        {"itemIdentifier": record["messageId"]} for record in records
    ]


@pytest.mark.parametrize("name", SIGNED_NOW)
def test_a_webhook_sample_signed_now_is_taken(name: str) -> None:
    deployment = _deployment(None)
    event = sample(name)
    event["headers"]["Stripe-Signature"] = signature(event["body"].encode(), utc_now())

    answer = deployment.call("stripe_webhook", event)

    assert answer["statusCode"] == 200
    assert deployment.bus.types == SIGNED_NOW[name]


@pytest.mark.parametrize("name", STOCK_ANSWERS)
def test_a_stock_request_is_answered(name: str) -> None:
    settles = name.partition("/")[2] in {"confirm", "release", "release_overdue", "overdue"}
    deployment = _deployment(waiting() if settles else None)

    answer = deployment.call("stock_check", sample(name))

    match answer:
        case {"products": products}:
            short: dict[str, Any] = {"products": [found["product_id"] for found in products]}
        case {"order_ids": order_ids}:
            short = {"order_ids": order_ids}
        case {"outcomes": outcomes}:
            short = {"outcomes": [outcome["outcome"] for outcome in outcomes]}
        case _:
            short = {"outcome": answer["outcome"]["outcome"]}
    assert short == STOCK_ANSWERS[name]
