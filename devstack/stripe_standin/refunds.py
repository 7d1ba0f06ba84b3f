"""Operations on refunds and disputes."""

from devstack.stripe_standin import events, metadata
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.stripe_json import JsonObject


def create(account: Account, params: JsonObject) -> JsonObject:
    charge = _charge_of(account, params)
    if charge["refunded"]:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if charge["disputed"]:
        raise ApiError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    refundable = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", refundable)
    if not 1 <= amount <= refundable:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({refundable})"
            if amount > refundable
            else f"Refund amount ({amount}) must be greater than zero",
            param="amount",
        )
    refund = account.new(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=metadata.checked(params.get("metadata", {})),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded",
    )
    account.store.add(refund)
    _change_refunded(account, charge, amount)
    events.emit(account, "refund.created", refund)
    events.emit(account, "charge.refunded", charge)
    return refund


def retrieve(account: Account, _params: JsonObject, refund_id: str) -> JsonObject:
    return account.get("refund", refund_id)


def list_refunds(account: Account, params: JsonObject) -> JsonObject:
    filters = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    found = (
        refund
        for refund in account.store.newest_first("refund")
        if all(refund[name] == value for name, value in filters.items())
    )
    return list_page(found, params, "/v1/refunds")


def fail(account: Account, refund_id: str) -> JsonObject:
    """Fail a refund, as the customer's bank may days later.

    Raises:
        ApiError: the refund does not exist or has already failed.
    """
    refund = account.get("refund", refund_id)
    if refund["status"] == "failed":
        raise ApiError(f"Refund {refund_id} has already failed.")
    refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    account.store.save(refund)
    _change_refunded(account, account.get("charge", refund["charge"]), -refund["amount"])
    events.emit(account, "refund.failed", refund)
    return refund


def dispute(account: Account, charge_id: str) -> JsonObject:
    """Open a dispute of a charge, as its cardholder may.

    Raises:
        ApiError: the charge does not exist, is unpaid or is already disputed.
    """
    charge = account.get("charge", charge_id)
    if not charge["paid"] or charge["disputed"]:
        raise ApiError(f"Charge {charge_id} cannot be disputed: it is unpaid or already disputed.")
    disputed = account.new(
        "dispute",
        "du",
        amount=charge["amount"],
        charge=charge_id,
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason="fraudulent",
        status="needs_response",
    )
    account.store.add(disputed)
    charge["disputed"] = True
    account.store.save(charge)
    events.emit(account, "charge.dispute.created", disputed)
    return disputed


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


def _change_refunded(account: Account, charge: JsonObject, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.store.save(charge)
