"""Each sample event under `events/`, processed by its function."""

import json
from datetime import timedelta

import pytest

from gorder.order.model import Order
from gorder.order.payments import DisputeState
from gorder.runtime.clock import utc_now
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, PAGE_OPTIONS, waiting
from tests.fakes.webhooks import session, signature
from tests.samples import CASES, SIGNED_NOW, Case, brief, case_of, event, late, names, page_of


def _deployment(order: Order | None) -> FakeDeployment:
    deployment = FakeDeployment()
    if order:
        deployment.orders.stored[order.order_id] = order
        deployment.call("stock_check", event("stock_check/reserve"))
    return deployment


def _prepared(case: Case) -> FakeDeployment:
    deployment = _deployment(case.order)
    if case.is_paid and case.order:
        gateway = deployment.gateway
        page = gateway.create_page(page_of(case.order), PAGE_OPTIONS)
        gateway.pay(page.session_id)
        if case.refunded:
            gateway.give_back(page.session_id, case.refunded)
        if case.is_disputed:
            gateway.dispute(page.session_id)
    return deployment


def test_each_sample_has_a_case_and_each_case_a_sample() -> None:
    assert sorted(case.name for case in CASES) == names()


# They need real stores: tests/integration/stores/test_migrate.py, tests/unit/pages.
WITHOUT_FAKES = {"migrate/by_hand", "publish_pages/by_hand"}


@pytest.mark.parametrize("name", sorted({*names()} - WITHOUT_FAKES))
def test_a_sample_has_its_effect(name: str) -> None:
    case = case_of(name)
    deployment = _prepared(case)

    try:
        answer = deployment.call(case.function, event(name))
    except Exception as error:  # noqa: BLE001 - Lambda answers with any error
        answer = {"errorType": type(error).__name__}

    assert brief(answer) == case.expected, answer
    assert deployment.bus.types == list(case.published)
    if case.reaches:
        assert deployment.orders.stored[ORDER_ID].status == case.reaches


def test_a_dispute_is_recorded_with_its_order() -> None:
    deployment = _prepared(case_of("order_paid/payment_disputed"))

    deployment.call("order_paid", event("order_paid/payment_disputed"))

    [payment] = deployment.orders.stored[ORDER_ID].payments
    assert payment.dispute == DisputeState.OPEN


@pytest.mark.parametrize("times", [1, 2])
def test_a_refund_that_is_due_is_made_once(times: int) -> None:
    deployment = _prepared(case_of("refund/order_refund_due"))

    for _ in range(times):
        deployment.call("refund", event("refund/order_refund_due"))

    assert [due.amount for due in deployment.gateway.refunds.values()] == [1650]
    assert deployment.orders.stored[ORDER_ID].refunds_due == []


def test_a_tick_releases_overdue_stock_and_empties_the_outbox() -> None:
    deployment = _deployment(late())

    deployment.call("sweep", event("sweep/tick"))

    assert deployment.orders.stored[ORDER_ID].outbox == ()
    assert deployment.stock.kept.stock["soup"].held == 0


def test_a_missed_payment_reaches_the_queue_of_payments() -> None:
    deployment = _deployment(waiting())
    deployment.stripe_events.add(
        utc_now() - timedelta(minutes=2), "checkout.session.completed", session()
    )

    deployment.call("sweep", event("sweep/missed_webhooks"))

    [message] = deployment.bus.queues["order_paid"]
    assert json.loads(message)["event_type"] == "payment.succeeded"


@pytest.mark.parametrize("name", SIGNED_NOW)
def test_a_webhook_sample_with_a_current_signature_is_accepted(name: str) -> None:
    deployment = _deployment(None)
    webhook = event(name)
    webhook["headers"]["Stripe-Signature"] = signature(webhook["body"].encode(), utc_now())

    answer = deployment.call("stripe_webhook", webhook)

    assert answer["statusCode"] == 200
    assert deployment.bus.types == SIGNED_NOW[name]
