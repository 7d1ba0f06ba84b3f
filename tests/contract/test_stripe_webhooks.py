"""Webhooks as they arrive at a real server: signed, tried again, doubled, lost, late."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.stripe_standin.deliveries import MAX_ATTEMPTS
from tests.contract.stripe_parts import (
    SECRET,
    Standin,
    Webhook,
    eventually,
    receiving,
    running_standin,
    verified,
)

pytestmark = pytest.mark.servers

COMPLETED = "checkout.session.completed"


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    with running_standin(tmp_path / "stripe.db") as running:
        yield running


def undelivered(standin: Standin) -> list[str]:
    return [event.id for event in standin.stripe.events.list({"delivery_success": False}).data]


def test_every_event_of_a_payment_arrives_once_and_signed(standin: Standin) -> None:
    with receiving(standin) as receiver:
        session = standin.paid(metadata={"order_id": "o1"})
        [webhook] = receiver.wait_for(1)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert sorted(receiver.types) == sorted(
        event.type for event in standin.stripe.events.list({"limit": 100}).data
    )
    carried = webhook.event["data"]["object"]
    assert (carried["id"], carried["payment_status"]) == (session.id, "paid")
    assert carried["metadata"] == {"order_id": "o1"}


def test_a_signature_fits_one_secret_and_one_body(standin: Standin) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.paid()
        [webhook] = receiver.wait_for(1)
    forged = webhook.body.replace(b'"paid"', b'"PAID"')
    assert verified(webhook)
    assert not verified(webhook, secret="whsec_other")
    assert not verified(Webhook(webhook.event, forged, webhook.signature))


def test_a_moved_clock_does_not_date_signatures_ahead(standin: Standin) -> None:
    with receiving(standin, "product.created") as receiver:
        standin.control("clock", {"advance_seconds": 3600})
        standin.stripe.products.create({"name": "Soup"})
        [webhook] = receiver.wait_for(1, "product.created")
    signed_at = int(webhook.signature.removeprefix("t=").partition(",")[0])
    assert webhook.event["created"] - signed_at > 3000


def test_a_webhook_is_tried_until_it_is_accepted(standin: Standin) -> None:
    with receiving(standin, COMPLETED) as receiver:
        receiver.answers = [500, 302]
        session = standin.paid()
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


def test_a_webhook_nobody_takes_is_given_up(standin: Standin) -> None:
    nobody = {"url": "http://127.0.0.1:9/", "secret": "x", "enabled_events": ["product.created"]}
    standin.control("webhook_endpoints", nobody)
    standin.stripe.products.create({"name": "Soup"})

    def state() -> bool:
        standin.control("clock", {"advance_seconds": 30})  # the next attempt is due now
        [delivery] = standin.control("deliveries", method="GET")
        return bool(delivery["state"] == "failed")

    eventually(state, "the webhook given up")
    [delivery] = standin.control("deliveries", method="GET")
    assert delivery["attempts"] == MAX_ATTEMPTS
    assert delivery["last_result"].startswith("ConnectionRefusedError")
    assert len(undelivered(standin)) == 1


def test_endpoints_get_what_they_asked_for(standin: Standin) -> None:
    both = (COMPLETED, "charge.succeeded")
    with receiving(standin, COMPLETED) as first, receiving(standin, *both) as second:
        changed = {"url": first.url, "secret": SECRET, "enabled_events": ["charge.succeeded"]}
        standin.control("webhook_endpoints", changed)
        assert len(standin.stripe.webhook_endpoints.list().data) == 2
        standin.paid()
        first.wait_for(1, "charge.succeeded")
        second.wait_for(1)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert first.types == ["charge.succeeded"]
    assert sorted(second.types) == ["charge.succeeded", COMPLETED]


def test_duplicate(standin: Standin) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "duplicate", "type": COMPLETED, "times": 1})
        standin.paid()
        one, two = receiver.wait_for(2)
        assert one.event["id"] == two.event["id"]
        standin.paid()
        receiver.wait_for(3)
        eventually(lambda: not undelivered(standin), "every webhook accepted")
    assert len(receiver.webhooks) == 3


def test_drop_and_resend(standin: Standin) -> None:
    with receiving(standin, COMPLETED, "charge.succeeded") as receiver:
        standin.control("webhooks", {"mode": "drop", "type": COMPLETED})
        standin.paid()
        receiver.wait_for(1, "charge.succeeded")
        eventually(
            lambda: len(undelivered(standin)) == 1, "the dropped event, and it alone, listed"
        )
        [dropped] = undelivered(standin)
        assert standin.stripe.events.retrieve(dropped).type == COMPLETED
        standin.control(f"events/{dropped}/resend")
        [webhook] = receiver.wait_for(1)
        assert webhook.event["id"] == dropped
        eventually(lambda: not undelivered(standin), "the resent webhook accepted")


def test_hold_and_release(standin: Standin) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "hold"})
        held = [standin.paid().id for _ in range(3)]
        standin.control("webhooks", {"mode": "normal"})
        free = standin.paid().id
        assert [w.event["data"]["object"]["id"] for w in receiver.wait_for(1)] == [free]
        assert standin.control("webhooks/release") == {"released": 3}
        arrived = {w.event["data"]["object"]["id"] for w in receiver.wait_for(4)}
    assert arrived == {free, *held}


def test_delay(standin: Standin) -> None:
    with receiving(standin, COMPLETED) as receiver:
        standin.control("webhooks", {"mode": "delay", "delay_seconds": 600, "times": 1})
        late, prompt = standin.paid().id, standin.paid().id
        assert [w.event["data"]["object"]["id"] for w in receiver.wait_for(1)] == [prompt]
        standin.control("clock", {"advance_seconds": 600})
        assert receiver.wait_for(2)[1].event["data"]["object"]["id"] == late


def test_shuffle(standin: Standin) -> None:
    with receiving(standin, "product.created") as receiver:
        standin.control("webhooks", {"mode": "shuffle", "delay_seconds": 0.5})
        made = [standin.stripe.products.create({"name": str(n)}).id for n in range(20)]
        arrived = [
            w.event["data"]["object"]["id"] for w in receiver.wait_for(20, "product.created")
        ]
    assert sorted(arrived) == sorted(made)
    assert arrived != made
