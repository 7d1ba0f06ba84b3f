"""The stand-in's pay page, used as a browser does."""

import pytest
import stripe

from tests.contract.standin_client import StandinClient
from tests.contract.webhook_receiver import receiving

pytestmark = pytest.mark.servers

COMPLETED = "checkout.session.completed"


def payment_intent(
    standin: StandinClient, session: stripe.checkout.Session
) -> stripe.PaymentIntent:
    fresh = standin.stripe.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(fresh.payment_intent, stripe.PaymentIntent)
    return fresh.payment_intent


def test_the_page_shows_the_items_and_the_total(standin: StandinClient) -> None:
    price = standin.price(1250, name="Soup & <b>bread</b>")
    session = standin.session(price, cancel_url="https://shop.example/cart")
    page = standin.browser.get(str(session.url))
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for part in (
        "TEST MODE",
        "Soup &amp; &lt;b&gt;bread&lt;/b&gt;",
        "25.00 EUR",
        "shop.example/cart",
    ):
        assert part in page.text
    for button in ("paid", "declined", "later"):
        assert f"value={button}" in page.text
    for external in ("src=", "@import", "url(", "<link"):
        assert external not in page.text


def test_paying_redirects_to_the_shop(standin: StandinClient) -> None:
    session = standin.session(payment_intent_data={"metadata": {"order_id": "o1"}})
    response = standin.pay(session)
    assert response.status_code == 303
    assert response.headers["Location"] == f"https://shop.example/thanks?session={session.id}"
    intent = payment_intent(standin, session)
    assert (intent.status, intent.amount_received) == ("succeeded", 900)
    assert intent.metadata.to_dict() == {"order_id": "o1"}
    assert "nothing more to pay" in standin.browser.get(str(session.url)).text
    assert standin.pay(session).status_code == 409
    assert len(standin.stripe.events.list({"type": COMPLETED}).data) == 1


def test_a_declined_card_leaves_the_session_open(standin: StandinClient) -> None:
    session = standin.session()
    declined = standin.pay(session, "declined")
    assert declined.status_code == 402
    assert "role=alert" in declined.text
    assert "declined" in declined.text
    assert standin.stripe.checkout.sessions.retrieve(session.id).status == "open"
    failed = payment_intent(standin, session)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "card_declined"
    with pytest.raises(stripe.InvalidRequestError, match="no successful charge"):
        standin.stripe.refunds.create({"payment_intent": failed.id})
    assert standin.pay(session).status_code == 303
    paid = payment_intent(standin, session)
    assert (paid.id, paid.status, paid.last_payment_error) == (failed.id, "succeeded", None)
    types = {event.type for event in standin.stripe.events.list({"limit": 50}).data}
    assert {"charge.failed", "payment_intent.payment_failed", COMPLETED} <= types


@pytest.mark.parametrize(("succeeded", "final"), [(True, "paid"), (False, "unpaid")])
def test_an_asynchronous_payment_is_settled(
    standin: StandinClient, *, succeeded: bool, final: str
) -> None:
    result = "succeeded" if succeeded else "failed"
    with receiving(standin, COMPLETED, f"checkout.session.async_payment_{result}") as receiver:
        session = standin.session()
        assert standin.pay(session, "later").status_code == 303
        [completed] = receiver.wait_for(1)
        assert completed.event["data"]["object"]["payment_status"] == "unpaid"
        assert payment_intent(standin, session).status == "processing"
        standin.control(f"sessions/{session.id}/settle", {"succeeded": succeeded})
        [settled] = receiver.wait_for(1, f"checkout.session.async_payment_{result}")
        assert settled.event["data"]["object"]["payment_status"] == final
    fresh = standin.stripe.checkout.sessions.retrieve(session.id)
    assert (fresh.status, fresh.payment_status) == ("complete", final)
    again = standin.controls.post(f"sessions/{session.id}/settle", json={"succeeded": True})
    assert again.status_code == 400


def test_the_pay_control_works_as_the_page_does(standin: StandinClient) -> None:
    session = standin.session()
    url = f"sessions/{session.id}/pay"
    declined = standin.controls.post(url, json={"outcome": "declined"})
    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    assert payment_intent(standin, session).status == "requires_payment_method"
    assert standin.controls.post(url, json={"outcome": "paid"}).json()["payment_status"] == "paid"


def test_an_expired_page_has_no_buttons_and_an_unknown_page_is_not_found(
    standin: StandinClient,
) -> None:
    session = standin.session(cancel_url="https://shop.example/cart")
    standin.stripe.checkout.sessions.expire(session.id)
    page = standin.browser.get(str(session.url))
    assert "expired" in page.text
    assert "<button" not in page.text
    assert standin.browser.get("/c/pay/cs_test_none").status_code == 404


def test_an_unknown_outcome_is_rejected(standin: StandinClient) -> None:
    session = standin.session()
    assert standin.pay(session, "steal").status_code == 400
    assert standin.stripe.checkout.sessions.retrieve(session.id).payment_intent is None
