"""Operations on payment intents and charges."""

from enum import StrEnum

from devstack.stripe_standin import events
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.stripe_json import JsonObject

DECLINE = {
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
    "type": "card_error",
}
BILLING = {
    "address": None,
    "email": "buyer@example.com",
    "name": "Test Buyer",
    "phone": None,
    "tax_id": None,
}


class Outcome(StrEnum):
    """The outcome of a payment attempt. `later` is an asynchronous payment method."""

    PAID = "paid"
    DECLINED = "declined"
    LATER = "later"


def attempt(
    account: Account, session: JsonObject, intent_data: JsonObject, outcome: Outcome
) -> JsonObject:
    """Attempt to charge the session's amount. A second attempt reuses the payment intent."""
    intent = _intent_of(account, session, intent_data)
    match outcome:
        case Outcome.PAID:
            _succeed(account, intent)
        case Outcome.DECLINED:
            _fail(account, intent)
        case Outcome.LATER:
            intent["status"] = "processing"
            account.store.save(intent)
            events.emit(account, "payment_intent.processing", intent)
    return intent


def settle(account: Account, intent_id: str, *, succeeded: bool) -> None:
    """Settle a payment intent whose status is `processing`."""
    intent = account.get("payment_intent", intent_id)
    if succeeded:
        _succeed(account, intent)
    else:
        _fail(account, intent)


def in_progress(account: Account, session: JsonObject) -> bool:
    """Return whether an asynchronous payment of a session is not settled yet."""
    intent_id = session["payment_intent"]
    return bool(intent_id and account.get("payment_intent", intent_id)["status"] == "processing")


def retrieve_intent(account: Account, _params: JsonObject, intent_id: str) -> JsonObject:
    return account.get("payment_intent", intent_id)


def list_intents(account: Account, params: JsonObject) -> JsonObject:
    return list_page(account.store.newest_first("payment_intent"), params, "/v1/payment_intents")


def retrieve_charge(account: Account, _params: JsonObject, charge_id: str) -> JsonObject:
    return account.get("charge", charge_id)


def _intent_of(account: Account, session: JsonObject, intent_data: JsonObject) -> JsonObject:
    if session["payment_intent"]:
        earlier = account.get("payment_intent", session["payment_intent"])
        return earlier | {"amount": session["amount_total"]}
    intent = account.new(
        "payment_intent",
        "pi",
        amount=session["amount_total"],
        currency=session["currency"],
        capture_method="automatic_async",
        payment_method_types=session["payment_method_types"],
        status="requires_payment_method",
        metadata=intent_data["metadata"],
        description=intent_data.get("description"),
        receipt_email=intent_data.get("receipt_email"),
    )
    account.store.add(intent)
    events.emit(account, "payment_intent.created", intent)
    return intent


def _succeed(account: Account, intent: JsonObject) -> None:
    charge = _charge(account, intent) | {
        "amount_captured": intent["amount"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    account.store.add(charge)
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "status": "succeeded",
    }
    account.store.save(intent)
    events.emit(account, "charge.succeeded", charge)
    events.emit(account, "payment_intent.succeeded", intent)


def _fail(account: Account, intent: JsonObject) -> None:
    charge = _charge(account, intent) | {
        "failure_code": DECLINE["code"],
        "failure_message": DECLINE["message"],
        "status": "failed",
    }
    account.store.add(charge)
    intent |= {
        "last_payment_error": DECLINE | {"charge": charge["id"]},
        "latest_charge": charge["id"],
        "status": "requires_payment_method",
    }
    account.store.save(intent)
    events.emit(account, "charge.failed", charge)
    events.emit(account, "payment_intent.payment_failed", intent)


def _charge(account: Account, intent: JsonObject) -> JsonObject:
    return account.new(
        "charge",
        "ch",
        amount=intent["amount"],
        billing_details=BILLING,
        currency=intent["currency"],
        metadata=intent["metadata"],
        payment_intent=intent["id"],
    )
