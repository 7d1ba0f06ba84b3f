"""Deliberate drifts from the pinned SDK, each of which the schema catches."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from devstack.stripe_standin.sdk_schema import (
    Fault,
    Violation,
    check_event,
    check_params,
    check_response,
)
from tests.contract.stripe_parts import Standin, running_standin

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    with running_standin(tmp_path_factory.mktemp("drift") / "stripe.db") as running:
        yield running


@pytest.fixture(scope="module")
def session(standin: Standin) -> Json:
    paid = standin.paid(metadata={"order_id": "o1"})
    standin.stripe.checkout.sessions.retrieve(
        paid.id, {"expand": ["line_items", "payment_intent.latest_charge"]}
    )
    return standin.last_answer


@pytest.fixture(scope="module")
def event(standin: Standin, session: Json) -> Json:
    assert session["payment_status"] == "paid"
    standin.stripe.events.list({"type": "checkout.session.completed"})
    found: Json = standin.last_answer["data"][0]
    return found


GONE = object()


def drifted(body: Json, where: str, value: object) -> Json:
    """Copy a body with one value changed, added, or `GONE`."""
    copied = copy.deepcopy(body)
    *parents, last = where.split(".")
    owner: Any = copied
    for name in parents:
        owner = owner[int(name) if isinstance(owner, list) else name]
    if value is GONE:
        del owner[last]
    else:
        owner[int(last) if isinstance(owner, list) else last] = value
    return copied


def faults(found: list[Violation]) -> list[tuple[str, Fault]]:
    return [(".".join(map(str, violation.path)), violation.fault) for violation in found]


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        pytest.param("colour", "red", Fault.UNKNOWN, id="unknown field"),
        pytest.param("total_details.tip", 1, Fault.UNKNOWN, id="unknown nested field"),
        pytest.param("expires_at", GONE, Fault.MISSING, id="missing required field"),
        pytest.param("automatic_tax.enabled", GONE, Fault.MISSING, id="missing nested field"),
        pytest.param("amount_total", "900", Fault.INVALID, id="wrong type"),
        pytest.param("amount_total", True, Fault.INVALID, id="boolean for a number"),
        pytest.param("payment_method_types", None, Fault.INVALID, id="null where not allowed"),
        pytest.param("payment_status", "maybe", Fault.INVALID, id="bad enum value"),
        pytest.param("payment_method_types.0", 4, Fault.INVALID, id="wrong list item"),
        pytest.param("metadata.order_id", 7, Fault.INVALID, id="wrong map value"),
        pytest.param("payment_intent.status", "done", Fault.INVALID, id="in an expanded object"),
        pytest.param(
            "payment_intent.latest_charge.paid", GONE, Fault.MISSING, id="two objects deep"
        ),
        pytest.param("line_items.data.0.quantity", "2", Fault.INVALID, id="in a nested list"),
        pytest.param("line_items.has_more", GONE, Fault.MISSING, id="a list without has_more"),
        pytest.param("line_items.object", "page", Fault.INVALID, id="a list by another name"),
        pytest.param("object", "checkout.basket", Fault.INVALID, id="an object no SDK knows"),
    ],
)
def test_an_answer_that_drifts_is_caught(
    session: Json, where: str, value: object, fault: Fault
) -> None:
    assert check_response(session) == []
    assert faults(check_response(drifted(session, where, value))) == [(where, fault)]


def test_an_answer_without_an_object_field_is_caught() -> None:
    assert faults(check_response({"id": "cs_1"})) == [("", Fault.MISSING)]
    assert faults(check_response([])) == [("", Fault.MISSING)]


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        pytest.param("type", "checkout.session.cooked", Fault.INVALID, id="type no SDK knows"),
        pytest.param("data", GONE, Fault.MISSING, id="no data"),
        pytest.param("data.object.mode", "barter", Fault.INVALID, id="in the object carried"),
    ],
)
def test_a_webhook_that_drifts_is_caught(
    event: Json, where: str, value: object, fault: Fault
) -> None:
    assert check_event(event) == []
    assert faults(check_event(drifted(event, where, value))) == [(where, fault)]


SESSION: Json = {
    "mode": "payment",
    "line_items": [{"price": "price_1", "quantity": 2}],
    "metadata": {"order_id": "o1"},
    "expires_at": 1_800_000_000,
    "adaptive_pricing": {"enabled": False},
}


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        pytest.param("colour", "red", Fault.UNKNOWN, id="unknown parameter"),
        pytest.param("line_items.0.sku", "x", Fault.UNKNOWN, id="unknown nested parameter"),
        pytest.param("payment_method_types", ["card"], Fault.UNKNOWN, id="dropped by this version"),
        pytest.param("idempotency_key", "k", Fault.UNKNOWN, id="the SDK's own option"),
        pytest.param("expires_at", "soon", Fault.INVALID, id="wrong parameter type"),
        pytest.param("adaptive_pricing.enabled", "no", Fault.INVALID, id="text for a flag"),
        pytest.param("metadata", None, Fault.INVALID, id="null parameter"),
        pytest.param("mode", "barter", Fault.INVALID, id="bad enum value"),
    ],
)
def test_a_request_that_drifts_is_caught(where: str, value: object, fault: Fault) -> None:
    params = "checkout.SessionCreateParams"
    assert check_params(params, SESSION) == []
    assert faults(check_params(params, drifted(SESSION, where, value))) == [(where, fault)]


def test_a_missing_parameter_is_caught() -> None:
    price = {"currency": "eur", "recurring": {"interval": "month"}}
    assert check_params("PriceCreateParams", price) == []
    for where in ("currency", "recurring.interval"):
        found = check_params("PriceCreateParams", drifted(price, where, GONE))
        assert faults(found) == [(where, Fault.MISSING)]
