"""The list of events: what was not delivered, filters, order and pages."""

import time

import pytest
import stripe

from tests.contract.standin_client import StandinClient, eventually
from tests.contract.webhook_receiver import SECRET, receiving

pytestmark = pytest.mark.servers

COMPLETED = "checkout.session.completed"


def undelivered(standin: StandinClient) -> list[str]:
    return [e.type for e in standin.stripe.events.list({"delivery_success": False}).data]


def test_a_dropped_event_is_not_delivered(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED, "charge.succeeded") as receiver:
        standin.control("webhooks", {"mode": "drop", "type": COMPLETED})
        session = standin.paid_session()
        receiver.wait_for(1, "charge.succeeded")
        eventually(lambda: undelivered(standin) == [COMPLETED], "only the dropped event")
        [event] = standin.stripe.events.list({"delivery_success": False, "type": COMPLETED}).data
        assert (event.data.object["id"], event.pending_webhooks) == (session.id, 1)
        delivered = standin.stripe.events.list({"delivery_success": True, "limit": 100}).data
        assert event.id not in {each.id for each in delivered}
        assert "charge.succeeded" in {each.type for each in delivered}


def test_pending_held_and_refused_events_are_not_delivered(standin: StandinClient) -> None:
    with receiving(standin, "product.created") as receiver:
        standin.control("webhooks", {"mode": "hold"})
        standin.stripe.products.create({"name": "held"})
        standin.control("webhooks", {"mode": "delay", "delay_seconds": 600})
        standin.stripe.products.create({"name": "pending"})
        standin.control("webhooks", {"mode": "normal"})
        receiver.statuses = [500] * 10
        standin.stripe.products.create({"name": "refused"})
        receiver.wait_for(2, "product.created")
        found = standin.stripe.events.list({"delivery_success": False}).data
        names = [event.data.object["name"] for event in found]
        assert names == ["refused", "pending", "held"]


def test_an_event_that_one_of_two_endpoints_refuses_is_not_delivered(
    standin: StandinClient,
) -> None:
    closed = {"url": "http://127.0.0.1:9/", "secret": SECRET, "enabled_events": ["product.created"]}
    standin.control("webhook_endpoints", closed)
    with receiving(standin, "product.created") as receiver:
        standin.stripe.products.create({"name": "Soup"})
        receiver.wait_for(1, "product.created")
        eventually(
            lambda: standin.stripe.events.list().data[0].pending_webhooks == 1, "one acceptance"
        )
        assert undelivered(standin) == ["product.created"]


def test_an_event_without_an_endpoint_is_delivered(standin: StandinClient) -> None:
    standin.stripe.products.create({"name": "Soup"})
    assert undelivered(standin) == []
    assert len(standin.stripe.events.list({"delivery_success": True}).data) == 1


def test_events_are_filtered_by_type_and_time(standin: StandinClient) -> None:
    standin.paid_session()
    standin.control("clock", {"advance_seconds": 600})
    later = int(time.time()) + 500
    standin.paid_session()
    api = standin.stripe.events
    both = api.list({"types": [COMPLETED, "charge.succeeded"]}).data
    assert [e.type for e in both] == [COMPLETED, "charge.succeeded"] * 2
    assert [e.created for e in both] == sorted((e.created for e in both), reverse=True)
    recent = api.list({"types": [COMPLETED, "charge.succeeded"], "created": {"gte": later}}).data
    assert [e.id for e in recent] == [e.id for e in both[:2]]
    exact = api.list({"types": [COMPLETED], "created": {"gte": both[0].created}}).data
    assert [e.id for e in exact] == [both[0].id]
    assert {e.type for e in api.list({"type": "payment_intent.*"}).data} == {
        "payment_intent.created",
        "payment_intent.succeeded",
    }
    assert api.list({"types": ["charge.dispute.created"]}).data == []


def test_undelivered_events_have_pages(standin: StandinClient) -> None:
    with receiving(standin, "product.created"):
        standin.control("webhooks", {"mode": "drop"})
        created = [standin.stripe.products.create({"name": str(n)}).id for n in range(7)]
        api = standin.stripe.events
        page = api.list({"delivery_success": False, "types": ["product.created"], "limit": 3})
        assert [e.data.object["id"] for e in page.data] == created[:3:-1]
        assert page.has_more
        found = [e.data.object["id"] for e in page.auto_paging_iter()]
        assert found == created[::-1]
        oldest = list(page.auto_paging_iter())[-1]
        newer = api.list({"ending_before": oldest.id, "limit": 2, "type": "product.created"})
        assert [e.data.object["id"] for e in newer.data] == created[2:0:-1]
        assert newer.has_more
        walked = [e.data.object["id"] for e in newer.auto_paging_iter()]
        assert walked == created[1:]


def test_events_are_kept_for_thirty_days(standin: StandinClient) -> None:
    standin.stripe.products.create({"name": "Soup"})
    [event] = standin.stripe.events.list().data
    standin.control("clock", {"advance_seconds": 30 * 86_400 - 60})
    assert standin.stripe.events.retrieve(event.id).type == "product.created"
    standin.control("clock", {"advance_seconds": 120})
    assert standin.stripe.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        standin.stripe.events.retrieve(event.id)


def test_invalid_filters_are_rejected(standin: StandinClient) -> None:
    api = standin.stripe.events
    for params in (
        {"type": COMPLETED, "types": [COMPLETED]},
        {"types": ["charge.succeeded"] * 21},
        {"types": ["charge.*"]},
        {"limit": 101},
        {"starting_after": "evt_none"},
        {"ending_before": "evt_none"},
        {"ending_before": "evt_1", "starting_after": "evt_2"},
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.list(params)  # type: ignore[arg-type]  # the cases under test
        assert refused.value.http_status == 400, params
