"""How much of a payment one request reads: session, payment intent, charge and refunds."""

import pytest
import stripe

from tests.contract.standin_client import StandinClient

pytestmark = pytest.mark.servers

REFUNDS = "payment_intent.latest_charge.refunds"


def refunds_in(session: stripe.checkout.Session) -> stripe.ListObject[stripe.Refund]:
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.refunds is not None
    return intent.latest_charge.refunds


def test_a_session_is_read_with_its_refunds(standin: StandinClient) -> None:
    paid = standin.paid_session()
    intent = str(paid.payment_intent)
    sessions = standin.stripe.checkout.sessions
    assert refunds_in(sessions.retrieve(paid.id, {"expand": [REFUNDS]})).data == []
    made = [standin.stripe.refunds.create({"payment_intent": intent, "amount": n}) for n in (1, 2)]
    both = refunds_in(sessions.retrieve(paid.id, {"expand": [REFUNDS, "line_items"]}))
    assert [refund.id for refund in both.data] == [refund.id for refund in reversed(made)]
    assert (both.url, both.has_more) == (f"/v1/charges/{made[0].charge}/refunds", False)


def test_a_session_is_found_by_its_payment_intent_with_its_refunds(standin: StandinClient) -> None:
    first, other = standin.paid_session(), standin.paid_session()
    refund = standin.stripe.refunds.create({"payment_intent": str(first.payment_intent)})
    sessions = standin.stripe.checkout.sessions
    expand = [f"data.{REFUNDS}"]
    found = sessions.list({"payment_intent": str(first.payment_intent), "expand": expand})
    assert [session.id for session in found.data] == [first.id]
    assert [r.id for r in refunds_in(found.data[0]).data] == [refund.id]
    every = sessions.list({"expand": expand})
    assert [session.id for session in every.data] == [other.id, first.id]
    assert sessions.list({"payment_intent": "pi_none"}).data == []


def test_an_open_session_has_nothing_to_expand(standin: StandinClient) -> None:
    session = standin.session()
    read = standin.stripe.checkout.sessions.retrieve(session.id, {"expand": [REFUNDS]})
    assert read.payment_intent is None


def test_a_charge_has_its_latest_ten_refunds_on_request_only(standin: StandinClient) -> None:
    intent = standin.paid_intent()
    for _ in range(12):
        refund = standin.stripe.refunds.create({"payment_intent": intent, "amount": 1})
    charge = standin.stripe.charges.retrieve(str(refund.charge), {"expand": ["refunds"]})
    assert charge.refunds is not None
    assert (len(charge.refunds.data), charge.refunds.has_more) == (10, True)
    standin.stripe.charges.retrieve(str(refund.charge))
    assert "refunds" not in standin.last_response
    assert len(standin.stripe.refunds.list({"charge": str(refund.charge), "limit": 100}).data) == 12


@pytest.mark.parametrize("path", [f"data.{REFUNDS}.data", f"data.{REFUNDS}.payment_intent"])
def test_five_levels_are_rejected(standin: StandinClient, path: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        standin.stripe.checkout.sessions.list({"expand": [path]})
    assert refused.value.code == "property_expansion_max_depth"
    assert refused.value.user_message == (
        f"You cannot expand more than 4 levels of a property. Property: {path}"
    )
