"""Operations on refunds."""

from devstack.stripe_standin import disputes, events, metadata
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.amounts import with_symbol
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page, matching
from devstack.stripe_standin.refund_rules import FailureReason
from devstack.stripe_standin.stripe_json import JsonObject

FAILED = frozenset({"canceled", "failed"})


def create(account: Account, params: JsonObject) -> JsonObject:
    """Refund a charge, with the outcome that the test chose.

    A pending refund counts as refunded, as it does at Stripe.
    """
    charge = _charge_of(account, params)
    amount = _checked_amount(account, charge, params)
    refund = account.new(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=metadata.checked(params.get("metadata", {})),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        **account.refund_rules.take().fields(),
    )
    account.store.add(refund)
    events.emit(account, "refund.created", refund)
    if refund["status"] == "failed":
        events.emit(account, "refund.failed", refund)
        return refund
    previous = {name: charge[name] for name in ("amount_refunded", "refunded")}
    _change_refunded(account, charge, amount)
    changed = {name: value for name, value in previous.items() if charge[name] != value}
    events.emit(account, "charge.refunded", charge, changed)
    return refund


def retrieve(account: Account, _params: JsonObject, refund_id: str) -> JsonObject:
    return account.get("refund", refund_id)


def list_refunds(account: Account, params: JsonObject) -> JsonObject:
    found = matching(account.store.newest_first("refund"), params, "charge", "payment_intent")
    return list_page(found, params, "/v1/refunds")


def list_of_charge(account: Account, charge_id: str) -> JsonObject:
    """Return the latest ten refunds of a charge, as its expanded field `refunds`."""
    found = matching(account.store.newest_first("refund"), {"charge": charge_id}, "charge")
    return list_page(found, {}, f"/v1/charges/{charge_id}/refunds")


def succeed(account: Account, refund_id: str) -> JsonObject:
    """Complete a pending refund.

    Raises:
        ApiError: the refund does not exist or is not pending.
    """
    refund = account.get("refund", refund_id)
    if refund["status"] != "pending":
        raise ApiError(f"Refund {refund_id} is {refund['status']}, not pending.")
    _update(account, refund, {"status": "succeeded", "pending_reason": None})
    return refund


def fail(account: Account, refund_id: str, reason: FailureReason) -> JsonObject:
    """Fail a refund, as the customer's bank may days later. The amount is no longer refunded.

    Raises:
        ApiError: the refund does not exist, has failed or was canceled.
    """
    refund = _return_amount(account, refund_id, {"status": "failed", "failure_reason": reason})
    events.emit(account, "refund.failed", refund)
    return refund


def cancel(account: Account, refund_id: str) -> JsonObject:
    """Cancel a refund, as the dashboard allows soon after it. The amount is no longer refunded.

    Raises:
        ApiError: the refund does not exist, has failed or was canceled.
    """
    changes = {"status": "canceled", "failure_reason": "merchant_request"}
    return _return_amount(account, refund_id, changes)


def _return_amount(account: Account, refund_id: str, changes: JsonObject) -> JsonObject:
    refund = account.get("refund", refund_id)
    if refund["status"] in FAILED:
        raise ApiError(f"Refund {refund_id} is already {refund['status']}.")
    _change_refunded(account, account.get("charge", refund["charge"]), -refund["amount"])
    _update(account, refund, changes | {"pending_reason": None})
    return refund


def _update(account: Account, refund: JsonObject, changes: JsonObject) -> None:
    previous = {name: refund[name] for name, value in changes.items() if refund[name] != value}
    refund |= changes
    account.store.save(refund)
    for type_ in ("refund.updated", "charge.refund.updated"):
        events.emit(account, type_, refund, previous)


def _charge_of(account: Account, params: JsonObject) -> JsonObject:
    if ("charge" in params) == ("payment_intent" in params):
        raise bad_param("Exactly one of charge and payment_intent is required.", "payment_intent")
    if "charge" in params:
        charge_id = params["charge"]
    else:
        intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
        charge_id = intent["latest_charge"]
    charge = account.get("charge", charge_id, "charge") if charge_id else None
    if charge is None or not charge["paid"]:
        raise ApiError("This payment has no successful charge to refund.", param="payment_intent")
    return charge


def _checked_amount(account: Account, charge: JsonObject, params: JsonObject) -> int:
    if charge["refunded"]:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if disputes.forbid_refunds(account, charge["id"]):
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    unrefunded: int = charge["amount"] - charge["amount_refunded"]
    amount: int = params.get("amount", unrefunded)
    if amount < 1:
        raise bad_param(
            "This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer"
        )
    if amount > unrefunded:  # Stripe sends no code
        given, left = (with_symbol(each, charge["currency"]) for each in (amount, unrefunded))
        raise ApiError(
            f"Refund amount ({given}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    return amount


def _change_refunded(account: Account, charge: JsonObject, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.store.save(charge)
