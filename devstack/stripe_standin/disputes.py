"""Operations on disputes."""

from typing import Literal

from devstack.stripe_standin import events
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page, matching
from devstack.stripe_standin.stripe_json import JsonObject

FEE = 1500
CLOSED = frozenset({"lost", "warning_closed", "won"})
INQUIRY = "warning_needs_response"

type Closing = Literal["lost", "warning_closed", "won"]


def retrieve(account: Account, _params: JsonObject, dispute_id: str) -> JsonObject:
    return account.get("dispute", dispute_id)


def list_disputes(account: Account, params: JsonObject) -> JsonObject:
    found = matching(account.store.newest_first("dispute"), params, "charge", "payment_intent")
    return list_page(found, params, "/v1/disputes")


def forbid_refunds(account: Account, charge_id: str) -> bool:
    """Return whether a charge cannot be refunded: it has an open or a lost dispute."""
    disputes = matching(account.store.newest_first("dispute"), {"charge": charge_id}, "charge")
    return any(not dispute["is_charge_refundable"] for dispute in disputes)


def open_dispute(
    account: Account, charge_id: str, amount: int | None, reason: str, *, inquiry: bool = False
) -> JsonObject:
    """Open a dispute of a charge, as its cardholder may. None disputes the whole amount.

    An inquiry withdraws no funds, and leaves the charge refundable.

    Raises:
        ApiError: the charge does not exist, is unpaid or is already disputed, or the amount is
            more than the charge's.
    """
    charge = account.get("charge", charge_id)
    if not charge["paid"] or charge["disputed"]:
        raise ApiError(f"Charge {charge_id} cannot be disputed: it is unpaid or already disputed.")
    if amount is not None and not 1 <= amount <= charge["amount"]:
        raise bad_param(f"The amount must be 1 to {charge['amount']}.", "amount")
    dispute = account.new(
        "dispute",
        "du",
        amount=amount or charge["amount"],
        charge=charge_id,
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=INQUIRY if inquiry else "needs_response",
        is_charge_refundable=inquiry,
    )
    account.store.add(dispute)
    charge["disputed"] = True
    account.store.save(charge)
    events.emit(account, "charge.dispute.created", dispute)
    if not inquiry:
        _move_funds(account, dispute, "withdrawn")
    return dispute


def close(account: Account, dispute_id: str, status: Closing) -> JsonObject:
    """Close a dispute. Unless it is lost, the charge can be refunded; it stays `disputed`.

    Raises:
        ApiError: the dispute does not exist or is already closed, or the status is not its kind's.
    """
    dispute = account.get("dispute", dispute_id)
    if dispute["status"] in CLOSED:
        raise ApiError(f"Dispute {dispute_id} is already closed: {dispute['status']}.")
    if (dispute["status"] == INQUIRY) != (status == "warning_closed"):
        raise ApiError(f"Dispute {dispute_id} is {dispute['status']} and cannot become {status}.")
    dispute |= {"status": status, "is_charge_refundable": status != "lost"}
    account.store.save(dispute)
    if status == "won":
        _move_funds(account, dispute, "reinstated")
    events.emit(account, "charge.dispute.closed", dispute)
    return dispute


def _move_funds(
    account: Account, dispute: JsonObject, direction: Literal["reinstated", "withdrawn"]
) -> None:
    """Add the balance transaction to the dispute and emit its event."""
    withdrawn = direction == "withdrawn"
    amount = -dispute["amount"] if withdrawn else dispute["amount"]
    fee = FEE if withdrawn else 0
    transaction = account.new(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=account.clock.now(),
        balance_type="payments",
        currency=dispute["currency"],
        fee=fee,
        net=amount - fee,
        reporting_category="dispute" if withdrawn else "dispute_reversal",
        source=dispute["id"],
        status="available",
        type="adjustment",
    )
    dispute["balance_transactions"].append(transaction)
    account.store.save(dispute)
    events.emit(account, f"charge.dispute.funds_{direction}", dispute)
