"""The stand-in's API, called by the real SDK. Every response is checked against its types."""

import json
import time
from typing import Any

import pytest
import stripe

from devstack.stripe_standin.operations import OPERATIONS, find_operation
from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers


def test_every_operation_responds_with_the_sdks_types(standin: StandinClient) -> None:
    api = standin.stripe
    endpoint = api.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/unused", "enabled_events": ["charge.refunded"]}
    )
    assert endpoint.secret
    assert api.webhook_endpoints.list().data[0].secret is None
    product = api.products.create(
        {
            "name": "Soup",
            "description": "hot",
            "metadata": {"aisle": "4"},
            "expand": ["default_price"],
        }
    )
    price = api.prices.create(
        {"product": product.id, "currency": "eur", "unit_amount": 450, "nickname": "bowl"}
    )
    api.products.update(product.id, {"default_price": price.id, "metadata": {"aisle": ""}})
    fresh = api.products.retrieve(product.id, {"expand": ["default_price"]})
    assert (fresh.default_price.unit_amount, fresh.metadata.to_dict()) == (450, {})  # type: ignore[union-attr]  # expanded
    listed = api.products.list(
        {"ids": [product.id], "active": True, "expand": ["data.default_price"]}
    )
    assert listed.data[0].default_price.currency == "eur"  # type: ignore[union-attr]  # expanded
    assert api.prices.list({"product": product.id}).data[0].id == price.id
    assert api.prices.retrieve(price.id).type == "one_time"
    session = standin.session(price.id, metadata={"order_id": "o1"}, client_reference_id="o1")
    lines = api.checkout.sessions.line_items.list(session.id)
    assert [(line.description, line.quantity, line.amount_total) for line in lines] == [
        ("Soup", 2, 900)
    ]
    assert standin.pay(session).status_code == 303
    paid = api.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items", "payment_intent.latest_charge"]}
    )
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received) == ("succeeded", 900)
    assert api.checkout.sessions.list({"payment_intent": intent.id}).data[0].id == session.id
    assert api.payment_intents.retrieve(intent.id).latest_charge == intent.latest_charge.id
    assert api.payment_intents.list().data[0].id == intent.id
    refund = api.refunds.create({"payment_intent": intent.id, "reason": "requested_by_customer"})
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert api.refunds.list({"payment_intent": intent.id}).data[0].amount == 900
    assert api.charges.retrieve(intent.latest_charge.id).refunded
    disputed = standin.charge_of(standin.paid_intent(price=price.id))
    dispute = standin.control("disputes", {"charge": disputed.id})
    assert api.disputes.list({"charge": disputed.id}).data[0].id == dispute["id"]
    assert api.disputes.retrieve(dispute["id"]).amount == 900
    other = standin.session(price.id)
    assert api.checkout.sessions.expire(other.id).status == "expired"
    api.prices.update(price.id, {"active": False})
    event = api.events.list({"type": "checkout.session.expired"}).data[0]
    assert api.events.retrieve(event.id).data.object["id"] == other.id
    assert api.webhook_endpoints.delete(endpoint.id).deleted
    assert standin.check_responses() == len(standin.http.exchanges)
    called = {
        found[0]
        for exchange in standin.http.exchanges
        if (found := find_operation(exchange.method.upper(), exchange.path))
    }
    assert [operation.path for operation in OPERATIONS if operation not in called] == []


def test_lists_are_paginated_newest_first(standin: StandinClient) -> None:
    created = [standin.stripe.products.create({"name": str(n)}).id for n in range(25)]
    page = standin.stripe.products.list({"limit": 10})
    assert page.has_more
    assert [product.id for product in page.data] == created[:14:-1]
    assert [p.id for p in standin.stripe.products.list({"limit": 7}).auto_paging_iter()] == created[
        ::-1
    ]
    last = standin.stripe.products.list({"starting_after": created[1]})
    assert ([p.id for p in last.data], last.has_more) == (created[:1], False)


def test_events_have_the_change_and_the_request_that_caused_it(standin: StandinClient) -> None:
    before = int(time.time())
    product = standin.stripe.products.create({"name": "Tea"}, {"idempotency_key": "tea"})
    standin.stripe.products.update(product.id, {"name": "Green tea"})
    updated, created = standin.stripe.events.list(
        {"types": ["product.created", "product.updated"], "created": {"gte": before}}
    ).data
    assert updated.data.previous_attributes is not None
    assert updated.data.previous_attributes["name"] == "Tea"
    assert created.data.object["name"] == "Tea"
    assert created.request is not None
    assert created.request.idempotency_key == "tea"
    assert created.request.id == standin.http.exchanges[0].headers["Request-Id"]
    assert standin.stripe.events.list({"created": {"gt": before + 3600}}).data == []


REJECTED_SESSIONS: list[tuple[str, dict[str, Any], str]] = [
    ("unknown parameter", {"colour": "red"}, "parameter_unknown"),
    (
        "known to Stripe, not supported",
        {"tax_id_collection": {"enabled": True}},
        "tax_id_collection[enabled]",
    ),
    ("no lines", {"line_items": []}, "parameter_missing"),
    ("wrong type", {"expires_at": "soon"}, "expires_at"),
    ("bad enum value", {"mode": "barter"}, "mode"),
    ("relative url", {"success_url": "/thanks"}, "url_invalid"),
    ("29 minutes", {"expires_in": 29 * 60}, "expires_at"),
    ("25 hours", {"expires_in": 25 * 3600}, "expires_at"),
    ("51 keys", {"metadata": {str(n): "x" for n in range(51)}}, "metadata"),
    ("41 character key", {"metadata": {"k" * 41: "x"}}, "metadata"),
    ("501 character value", {"metadata": {"k": "x" * 501}}, "metadata[k]"),
    ("zero units", {"quantity": 0}, "line_items[0][quantity]"),
    ("101 lines", {"repeat": 101}, "line_items"),
    ("unknown price", {"price": "price_none"}, "resource_missing"),
]


@pytest.mark.parametrize(
    ("change", "reported"), [pytest.param(c, b, id=i) for i, c, b in REJECTED_SESSIONS]
)
def test_a_session_that_stripe_rejects_is_rejected(
    standin: StandinClient, change: dict[str, Any], reported: str
) -> None:
    change = dict(change)
    line = {
        "price": change.pop("price", None) or standin.price(),
        "quantity": change.pop("quantity", 1),
    }
    lines = [line] * change.pop("repeat", 1)
    if "expires_in" in change:
        change = {"expires_at": int(time.time()) + change.pop("expires_in")}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.session(**({"line_items": lines} | change))
    assert refused.value.http_status == 400
    assert reported in (refused.value.code, refused.value.param)
    assert standin.stripe.checkout.sessions.list().data == []


def test_limits_are_inclusive(standin: StandinClient) -> None:
    metadata = {f"{n:040}": "x" * 500 for n in range(50)}
    lines = [{"price": standin.price(), "quantity": 1}] * 100
    session = standin.session(
        line_items=lines, metadata=metadata, expires_at=int(time.time()) + 30 * 60
    )
    assert (session.amount_total, len(standin.last_response["metadata"])) == (45_000, 50)


def test_prices_that_a_payment_cannot_use_are_rejected(standin: StandinClient) -> None:
    product = standin.stripe.products.create({"name": "Soup"}).id
    inactive = standin.price()
    standin.stripe.prices.update(inactive, {"active": False})
    monthly = standin.stripe.prices.create(
        {
            "product": product,
            "currency": "eur",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
        }
    )
    chosen = standin.stripe.prices.create(
        {
            "product": product,
            "currency": "eur",
            "custom_unit_amount": {"enabled": True, "minimum": 100},
        }
    )
    dollars = standin.stripe.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 500}
    )
    for price in (inactive, monthly.id, chosen.id):
        with pytest.raises(stripe.InvalidRequestError, match=r"inactive|recurring|chooses"):
            standin.session(price)
    mixed = [{"price": p, "quantity": 1} for p in (standin.price(), dollars.id)]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        standin.session(line_items=mixed)


@pytest.mark.parametrize(
    ("amount", "currency", "refusal"),
    [
        (49, "eur", "at least €0.50"),
        (49, "jpy", "at least ¥50"),
        (100_000_000, "eur", "no more than €999999.99"),
        (250_050, "ugx", "divisible by 100"),
        (1505, "kwd", "divisible by 10"),
    ],
)
def test_a_session_keeps_the_rules_of_its_currency(
    standin: StandinClient, amount: int, currency: str, refusal: str
) -> None:
    price = standin.price(default_price_data={"currency": currency, "unit_amount": amount})
    with pytest.raises(stripe.InvalidRequestError, match=refusal):
        standin.session(line_items=[{"price": price, "quantity": 1}])


def test_an_ad_hoc_price_creates_an_inactive_product(standin: StandinClient) -> None:
    data = {"currency": "eur", "unit_amount": 300, "product_data": {"name": "Today's special"}}
    session = standin.session(line_items=[{"price_data": data, "quantity": 1}])
    price = standin.stripe.checkout.sessions.line_items.list(session.id).data[0].price
    assert price is not None
    assert not price.active
    assert not standin.stripe.products.list().data[0].active


def test_only_an_open_session_can_be_expired_or_paid(standin: StandinClient) -> None:
    paid = standin.session()
    assert standin.pay(paid).status_code == 303
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`") as refused:
        standin.stripe.checkout.sessions.expire(paid.id)
    assert refused.value.http_status == 400
    expired = standin.session()
    standin.stripe.checkout.sessions.expire(expired.id)
    assert standin.pay(expired).status_code == 409
    assert standin.stripe.payment_intents.list().data[1:] == []


def test_a_free_session_needs_no_payment(standin: StandinClient) -> None:
    session = standin.paid_session(price=standin.price(unit_amount=0))
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)


def test_moving_the_clock_expires_sessions(standin: StandinClient) -> None:
    with receiving(standin, "checkout.session.expired") as receiver:
        session = standin.session(expires_at=int(time.time()) + 31 * 60)
        standin.control("clock", {"advance_seconds": 30 * 60})
        assert standin.stripe.checkout.sessions.retrieve(session.id).status == "open"
        standin.control("clock", {"advance_seconds": 2 * 60})
        [webhook] = receiver.wait_for(1, "checkout.session.expired")
        assert webhook.event["data"]["object"]["id"] == session.id
        assert standin.stripe.checkout.sessions.list({"status": "expired"}).data[0].id == session.id
        standin.control("clock", {"advance_seconds": -32 * 60})
        standin.session(expires_at=int(time.time()) + 31 * 60)
    assert receiver.types == ["checkout.session.expired"]


def test_requests_without_a_test_key_are_unauthorized(standin: StandinClient) -> None:
    for headers in ({}, {"Authorization": "Bearer sk_live_x"}, {"Authorization": "Basic !"}):
        response = standin.browser.get("/v1/products", headers=headers)
        assert (response.status_code, response.json()["error"]["type"]) == (
            401,
            "invalid_request_error",
        )
    for key in ("sk_test_x", "rk_test_x"):
        assert standin.browser.get("/v1/products", auth=(key, "")).status_code == 200


def test_errors_have_stripes_format_and_a_request_id(standin: StandinClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        standin.stripe.products.retrieve("prod_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as unnamed:
        standin.stripe.products.create({})  # type: ignore[typeddict-item]  # the case under test
    assert (unnamed.value.code, unnamed.value.param) == ("parameter_missing", "name")
    standin.price()
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        standin.stripe.products.list({"expand": ["data.sauce"]})
    response = standin.browser.get("/v1/nothing", auth=("sk_test_x", ""))
    assert (response.status_code, response.json()["error"]["type"]) == (
        404,
        "invalid_request_error",
    )
    assert all(e.headers["Request-Id"].startswith("req_") for e in standin.http.exchanges)
    logged = standin.control("requests", method="GET")
    assert [request["status"] for request in logged] == [404, 400, 200, 400, 404]
    assert logged[0]["stripe_version"] == stripe.api_version


def test_controls_report_invalid_requests(standin: StandinClient) -> None:
    for name, body in (
        ("clock", {"advance": 5}),
        ("faults", {"path": "("}),
        ("webhooks", {"mode": "lose"}),
        ("sessions/cs_none/pay", {"outcome": "paid"}),
        ("nonsense", {}),
    ):
        response = standin.controls.post(name, json=body)
        assert response.status_code in {400, 404}, name
        assert json.loads(response.text)


def test_reset_deletes_everything(standin: StandinClient) -> None:
    standin.paid_session()
    standin.control("clock", {"advance_seconds": 60})
    standin.control("reset")
    assert standin.stripe.events.list().data == []
    assert standin.stripe.products.list().data == []
    assert standin.control("clock", {"advance_seconds": 0})["ahead_seconds"] == 0
