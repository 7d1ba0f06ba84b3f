"""Each list that must cover every status, event or state covers it."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

from gorder.bootstrap.payment_pages import OUTCOMES
from gorder.contracts.events import Event, EventType
from gorder.contracts.stock import Refusal
from gorder.order.adapters.mongo_documents import to_document
from gorder.order.model import Order
from gorder.order.order_metrics import METRICS
from gorder.order.outbox_events import EVENTS
from gorder.order.status import TRANSITIONS, Status
from gorder.payment.model import PageState
from gorder.stock.replies import REFUSALS
from tests.fakes.examples import pending

ROOT = Path(__file__).parents[2]

ORDER_EVENTS = {event for event in EventType if event.startswith("order.")}


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_every_status_has_its_metric() -> None:
    assert set(METRICS) == set(Status)


def test_every_event_of_an_order_can_be_in_its_outbox() -> None:
    assert set(EVENTS) == ORDER_EVENTS


def test_every_event_type_has_its_class() -> None:
    classes = get_args(get_args(Event)[0])
    types = {t for c in classes for t in get_args(c.model_fields["event_type"].annotation)}

    assert types == set(EventType)


def test_every_refusal_is_given() -> None:
    assert set(REFUSALS.values()) == set(Refusal)


def test_every_field_of_an_order_is_stored() -> None:
    fields_of_an_order = {field.name for field in fields(Order)}

    order = replace(pending(), number=100)  # without one, it is not stored

    assert set(to_document(order)) == fields_of_an_order - {"order_id"} | {
        "_id",
        "amount_total",
        "payment",  # for release 0.1
        "watch_at",
        "placed_at",
        "money_on",
        "changed_at",
        "seal",
    }


def test_every_end_of_a_page_has_its_outcome() -> None:
    assert set(OUTCOMES) == set(PageState)


def test_every_adapter_is_held_to_one_sdk() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    named = [
        module
        for contract in contracts
        if contract["name"].startswith("An adapter knows its one SDK")
        for module in contract["source_modules"]
    ]
    package = ROOT / "layers" / "common"
    adapters = [
        ".".join(path.relative_to(package).with_suffix("").parts)
        for path in package.glob("gorder/*/adapters/[a-z]*.py")
    ]

    assert adapters
    for adapter in adapters:
        assert sum(adapter == name or adapter.startswith(f"{name}.") for name in named) == 1, (
            adapter
        )
