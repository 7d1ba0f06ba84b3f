"""Webhooks of the stand-in as an HTTP server receives them."""

import pytest

from devstack.stripe_standin.deliveries import MAX_ATTEMPTS
from tests.contract.standin_client import StandinClient, eventually
from tests.contract.webhook_receiver import SECRET, Webhook, receiving, verified

pytestmark = pytest.mark.servers

COMPLETED = "checkout.session.completed"


def undelivered(standin: StandinClient) -> list[str]:
    return [event.id for event in standin.stripe.events.list({"delivery_success": False}).data]


def test_every_event_of_a_payment_is_delivered_once_and_signed(standin: StandinClient) -> None:
    with receiving(standin) as receiver:
        session = standin.paid_session(metadata={"order_id": "o1"})
        [webhook] = receiver.wait_for(1)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert sorted(receiver.types) == sorted(
        event.type for event in standin.stripe.events.list({"limit": 100}).data
    )
    delivered = webhook.event["data"]["object"]
    assert (delivered["id"], delivered["payment_status"]) == (session.id, "paid")
    assert delivered["metadata"] == {"order_id": "o1"}


def test_a_signature_is_valid_for_one_secret_and_one_body(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.paid_session()
        [webhook] = receiver.wait_for(1)
    forged = webhook.body.replace(b'"paid"', b'"PAID"')
    assert verified(webhook)
    assert not verified(webhook, secret="whsec_other")
    assert not verified(Webhook(webhook.event, forged, webhook.signature))


def test_signatures_have_the_real_time_when_the_clock_is_moved(standin: StandinClient) -> None:
    with receiving(standin, "product.created") as receiver:
        standin.control("clock", {"advance_seconds": 3600})
        standin.stripe.products.create({"name": "Soup"})
        [webhook] = receiver.wait_for(1, "product.created")
    signed_at = int(webhook.signature.removeprefix("t=").partition(",")[0])
    assert webhook.event["created"] - signed_at > 3000


def test_a_webhook_is_retried_until_it_is_accepted(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        receiver.statuses = [500, 302]
        session = standin.paid_session()
        refused = receiver.wait_for(1)[0].event["id"]
        assert undelivered(standin) == [refused]
        bodies = {webhook.event["data"]["object"]["id"] for webhook in receiver.wait_for(3)}
        eventually(lambda: not undelivered(standin), "the third attempt accepted")
    assert bodies == {session.id}
    [delivery] = standin.control("deliveries", method="GET")
    assert (delivery["state"], delivery["attempts"], delivery["last_result"]) == (
        "delivered",
        3,
        "200",
    )


def test_a_webhook_that_no_server_accepts_fails_after_the_last_attempt(
    standin: StandinClient,
) -> None:
    closed_port = {
        "url": "http://127.0.0.1:9/",
        "secret": "x",
        "enabled_events": ["product.created"],
    }
    standin.control("webhook_endpoints", closed_port)
    standin.stripe.products.create({"name": "Soup"})

    def failed() -> bool:
        standin.control("clock", {"advance_seconds": 30})  # the next attempt is due now
        [delivery] = standin.control("deliveries", method="GET")
        return bool(delivery["state"] == "failed")

    eventually(failed, "the failed webhook")
    [delivery] = standin.control("deliveries", method="GET")
    assert delivery["attempts"] == MAX_ATTEMPTS
    assert delivery["last_result"].startswith("ConnectionRefusedError")
    assert len(undelivered(standin)) == 1


def test_an_endpoint_gets_its_enabled_events_only(standin: StandinClient) -> None:
    both = (COMPLETED, "charge.succeeded")
    with receiving(standin, COMPLETED) as first, receiving(standin, *both) as second:
        changed = {"url": first.url, "secret": SECRET, "enabled_events": ["charge.succeeded"]}
        standin.control("webhook_endpoints", changed)
        assert len(standin.stripe.webhook_endpoints.list().data) == 2
        standin.paid_session()
        first.wait_for(1, "charge.succeeded")
        second.wait_for(1)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert first.types == ["charge.succeeded"]
    assert sorted(second.types) == ["charge.succeeded", COMPLETED]


def test_duplicate_sends_an_event_twice(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "duplicate", "type": COMPLETED, "times": 1})
        standin.paid_session()
        one, two = receiver.wait_for(2)
        assert one.event["id"] == two.event["id"]
        standin.paid_session()
        receiver.wait_for(3)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert len(receiver.webhooks) == 3


def test_a_dropped_event_can_be_resent(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED, "charge.succeeded") as receiver:
        standin.control("webhooks", {"mode": "drop", "type": COMPLETED})
        standin.paid_session()
        receiver.wait_for(1, "charge.succeeded")
        eventually(
            lambda: len(undelivered(standin)) == 1, "only the dropped event listed as undelivered"
        )
        [dropped] = undelivered(standin)
        assert standin.stripe.events.retrieve(dropped).type == COMPLETED
        standin.control(f"events/{dropped}/resend")
        [webhook] = receiver.wait_for(1)
        assert webhook.event["id"] == dropped
        eventually(lambda: not undelivered(standin), "the resent webhook accepted")


def test_held_webhooks_are_sent_when_released(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "hold"})
        held = [standin.paid_session().id for _ in range(3)]
        standin.control("webhooks", {"mode": "normal"})
        free = standin.paid_session().id
        assert [w.event["data"]["object"]["id"] for w in receiver.wait_for(1)] == [free]
        assert standin.control("webhooks/release") == {"released": 3}
        arrived = {w.event["data"]["object"]["id"] for w in receiver.wait_for(4)}
    assert arrived == {free, *held}


def test_a_delayed_webhook_is_sent_when_the_delay_ends(standin: StandinClient) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "delay", "delay_seconds": 600, "times": 1})
        late, prompt = standin.paid_session().id, standin.paid_session().id
        assert [w.event["data"]["object"]["id"] for w in receiver.wait_for(1)] == [prompt]
        standin.control("clock", {"advance_seconds": 600})
        assert receiver.wait_for(2)[1].event["data"]["object"]["id"] == late


def test_shuffle_changes_the_order_of_webhooks(standin: StandinClient) -> None:
    with receiving(standin, "product.created") as receiver:
        standin.control("webhooks", {"mode": "shuffle", "delay_seconds": 0.5})
        created = [standin.stripe.products.create({"name": str(n)}).id for n in range(20)]
        arrived = [
            w.event["data"]["object"]["id"] for w in receiver.wait_for(20, "product.created")
        ]
    assert sorted(arrived) == sorted(created)
    assert arrived != created
