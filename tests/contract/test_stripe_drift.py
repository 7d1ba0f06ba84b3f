"""Deliberate drifts from the pinned SDK, each of which the schema check reports."""

import copy
from typing import Any

import pytest

from devstack.stripe_standin.sdk_schema import (
    Violation,
    ViolationKind,
    check_event,
    check_params,
    check_response,
)
from tests.contract.standin_client import StandinClient

type Json = dict[str, Any]

UNKNOWN, MISSING, INVALID = ViolationKind


@pytest.fixture(scope="module")
def session(module_standin: StandinClient) -> Json:
    paid = module_standin.paid_session(metadata={"order_id": "o1"})
    module_standin.stripe.checkout.sessions.retrieve(
        paid.id, {"expand": ["line_items", "payment_intent.latest_charge"]}
    )
    return module_standin.last_response


@pytest.fixture(scope="module")
def event(module_standin: StandinClient, session: Json) -> Json:
    assert session["payment_status"] == "paid"
    module_standin.stripe.events.list({"type": "checkout.session.completed"})
    found: Json = module_standin.last_response["data"][0]
    return found


REMOVED = object()


def drifted(body: Json, where: str, value: object) -> Json:
    """Copy a body with one value changed, added or, if it is `REMOVED`, removed."""
    copied = copy.deepcopy(body)
    *parents, last = where.split(".")
    owner: Any = copied
    for name in parents:
        owner = owner[int(name) if isinstance(owner, list) else name]
    if value is REMOVED:
        del owner[last]
    else:
        owner[int(last) if isinstance(owner, list) else last] = value
    return copied


def violations(found: list[Violation]) -> list[tuple[str, ViolationKind]]:
    return [(".".join(map(str, violation.path)), violation.kind) for violation in found]


@pytest.mark.parametrize(
    ("where", "value", "kind"),
    [
        pytest.param("colour", "red", UNKNOWN, id="unknown field"),
        pytest.param("total_details.tip", 1, UNKNOWN, id="unknown nested field"),
        pytest.param("expires_at", REMOVED, MISSING, id="missing required field"),
        pytest.param("automatic_tax.enabled", REMOVED, MISSING, id="missing nested field"),
        pytest.param("amount_total", "900", INVALID, id="wrong type"),
        pytest.param("amount_total", True, INVALID, id="boolean for a number"),
        pytest.param("payment_method_types", None, INVALID, id="null where not allowed"),
        pytest.param("payment_status", "maybe", INVALID, id="bad enum value"),
        pytest.param("payment_method_types.0", 4, INVALID, id="wrong list item"),
        pytest.param("metadata.order_id", 7, INVALID, id="wrong map value"),
        pytest.param("payment_intent.status", "done", INVALID, id="in an expanded object"),
        pytest.param("payment_intent.latest_charge.paid", REMOVED, MISSING, id="two objects deep"),
        pytest.param("line_items.data.0.quantity", "2", INVALID, id="in a nested list"),
        pytest.param("line_items.has_more", REMOVED, MISSING, id="a list without has_more"),
        pytest.param("line_items.object", "page", INVALID, id="wrong object name of a list"),
        pytest.param("object", "checkout.basket", INVALID, id="unknown object type"),
    ],
)
def test_drift_in_a_response_is_reported(
    session: Json, where: str, value: object, kind: ViolationKind
) -> None:
    assert check_response(session) == []
    assert violations(check_response(drifted(session, where, value))) == [(where, kind)]


def test_a_response_without_an_object_field_is_reported() -> None:
    assert violations(check_response({"id": "cs_1"})) == [("", MISSING)]
    assert violations(check_response([])) == [("", MISSING)]


@pytest.mark.parametrize(
    ("where", "value", "kind"),
    [
        pytest.param("type", "checkout.session.cooked", INVALID, id="unknown event type"),
        pytest.param("data", REMOVED, MISSING, id="no data"),
        pytest.param("data.object.mode", "barter", INVALID, id="in the event's object"),
    ],
)
def test_drift_in_a_webhook_is_reported(
    event: Json, where: str, value: object, kind: ViolationKind
) -> None:
    assert check_event(event) == []
    assert violations(check_event(drifted(event, where, value))) == [(where, kind)]


SESSION: Json = {
    "mode": "payment",
    "line_items": [{"price": "price_1", "quantity": 2}],
    "metadata": {"order_id": "o1"},
    "expires_at": 1_800_000_000,
    "adaptive_pricing": {"enabled": False},
}


@pytest.mark.parametrize(
    ("where", "value", "kind"),
    [
        pytest.param("colour", "red", UNKNOWN, id="unknown parameter"),
        pytest.param("line_items.0.sku", "x", UNKNOWN, id="unknown nested parameter"),
        pytest.param("payment_method_types", ["card"], UNKNOWN, id="dropped by this version"),
        pytest.param("idempotency_key", "k", UNKNOWN, id="the SDK's own option"),
        pytest.param("expires_at", "soon", INVALID, id="wrong parameter type"),
        pytest.param("adaptive_pricing.enabled", "no", INVALID, id="text for a flag"),
        pytest.param("metadata", None, INVALID, id="null parameter"),
        pytest.param("mode", "barter", INVALID, id="bad enum value"),
    ],
)
def test_drift_in_a_request_is_reported(where: str, value: object, kind: ViolationKind) -> None:
    params = "checkout.SessionCreateParams"
    assert check_params(params, SESSION) == []
    assert violations(check_params(params, drifted(SESSION, where, value))) == [(where, kind)]


def test_a_missing_parameter_is_reported() -> None:
    price = {"currency": "eur", "recurring": {"interval": "month"}}
    assert check_params("PriceCreateParams", price) == []
    for where in ("currency", "recurring.interval"):
        found = check_params("PriceCreateParams", drifted(price, where, REMOVED))
        assert violations(found) == [(where, MISSING)]
