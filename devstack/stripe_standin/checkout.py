"""Checkout Sessions: creation, payment, settlement and expiry."""

import secrets
from urllib.parse import urlsplit

from devstack.stripe_standin import events, metadata, payments, totals
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.line_items import new_line_items
from devstack.stripe_standin.listing import list_page, matching
from devstack.stripe_standin.stripe_json import JsonObject

MIN_LIFETIME_SECONDS = 30 * 60
MAX_LIFETIME_SECONDS = 24 * 60 * 60
EXPIRY_TOLERANCE_SECONDS = 5  # time passes between the client's clock reading and arrival
ECHOED = (
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "submit_type",
    "success_url",
)
BUYER: JsonObject = {
    "address": None,
    "business_name": None,
    "email": "buyer@example.com",
    "individual_name": None,
    "name": "Test Buyer",
    "phone": None,
    "tax_exempt": "none",
    "tax_ids": [],
}


def create(account: Account, params: JsonObject) -> JsonObject:
    _check_mode(params)
    _check_urls(params)
    checked = {
        "expires_at": _expiry(account, params),
        "metadata": metadata.checked(params.get("metadata", {})),
    }
    intent_data = _intent_data(params)
    lines = new_line_items(account, params.get("line_items", []))
    session = _open_session(account, params, lines) | checked
    account.store.add(session, {"payment_intent_data": intent_data, "line_items": lines})
    return session


def retrieve(account: Account, _params: JsonObject, session_id: str) -> JsonObject:
    return account.get("checkout.session", session_id)


def list_sessions(account: Account, params: JsonObject) -> JsonObject:
    sessions = account.store.newest_first("checkout.session")
    found = matching(sessions, params, "payment_intent", "status")
    return list_page(found, params, "/v1/checkout/sessions")


def expire(account: Account, _params: JsonObject, session_id: str) -> JsonObject:
    session = account.get("checkout.session", session_id)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    return _expire(account, session)


def expire_overdue(account: Account) -> None:
    """Expire every open session past its `expires_at` and emit an event for each."""
    with account.store.transaction():
        for session in account.store.overdue_sessions(account.clock.now()):
            _expire(account, session)


def pay(
    account: Account,
    session_id: str,
    outcome: payments.Outcome,
    change: totals.DiscountAndTax | None = None,
) -> JsonObject:
    """Apply the customer's action on the pay page: a promotion code and an address, then payment.

    A declined card does not raise: the attempt is stored and the session stays open.

    Raises:
        ApiError: the session does not exist or is not open, or does not allow the change.
    """
    session = account.get("checkout.session", session_id)
    if session["status"] != "open":
        raise ApiError(f"This Checkout Session is {session['status']} and cannot be paid.")
    private = account.store.private(session_id)
    if change:
        session |= totals.changed(session, change)
    if session["amount_total"]:
        intent = payments.attempt(account, session, private["payment_intent_data"], outcome)
        session["payment_intent"] = intent["id"]
    if outcome is payments.Outcome.DECLINED:
        account.store.save(session)
        return session
    if session["amount_total"] and outcome is payments.Outcome.PAID:
        session["payment_status"] = "paid"
    email = session["customer_email"] or BUYER["email"]
    session |= {"status": "complete", "url": None, "customer_details": BUYER | {"email": email}}
    account.store.save(session)
    events.emit(account, "checkout.session.completed", session)
    return session


def settle(account: Account, session_id: str, *, succeeded: bool) -> JsonObject:
    """Settle an asynchronous payment. After a failed one the session stays complete and unpaid.

    Raises:
        ApiError: the session does not exist or has no payment in progress.
    """
    session = account.get("checkout.session", session_id)
    if session["status"] != "complete" or not payments.in_progress(account, session):
        raise ApiError(
            "This Checkout Session has no payment in progress: pay it with `later` first."
        )
    payments.settle(account, session["payment_intent"], succeeded=succeeded)
    if succeeded:
        session["payment_status"] = "paid"
        account.store.save(session)
    result = "succeeded" if succeeded else "failed"
    events.emit(account, f"checkout.session.async_payment_{result}", session)
    return session


def _expire(account: Account, session: JsonObject) -> JsonObject:
    session |= {"status": "expired", "url": None}
    account.store.save(session)
    events.emit(account, "checkout.session.expired", session)
    return session


def _open_session(account: Account, params: JsonObject, lines: list[JsonObject]) -> JsonObject:
    session_id = f"cs_test_{secrets.token_hex(29)}"
    return account.new(
        "checkout.session",
        "cs",
        id=session_id,
        mode="payment",
        status="open",
        **totals.initial(params, lines),
        adaptive_pricing=params.get("adaptive_pricing", {"enabled": True}),
        payment_method_types=["card"],
        payment_method_collection="if_required",
        ui_mode="hosted_page",
        url=f"{account.base_url}/c/pay/{session_id}",
        **{name: params[name] for name in ECHOED if name in params},
    )


def _intent_data(params: JsonObject) -> JsonObject:
    given: JsonObject = params.get("payment_intent_data", {})
    own = metadata.checked(given.get("metadata", {}), "payment_intent_data[metadata]")
    return given | {"metadata": own}


def _check_mode(params: JsonObject) -> None:
    if "mode" not in params:
        raise bad_param("Missing required param: mode.", "mode", "parameter_missing")
    if params["mode"] != "payment":
        raise bad_param("The stand-in supports `mode=payment` only.", "mode")


def _check_urls(params: JsonObject) -> None:
    if "success_url" not in params:
        raise bad_param("Missing required param: success_url.", "success_url", "parameter_missing")
    for param in {"success_url", "cancel_url"} & params.keys():
        url = params[param]
        if urlsplit(url).scheme not in {"http", "https"} or not url.isprintable() or " " in url:
            raise bad_param("Not a valid URL", param, "url_invalid")


def _expiry(account: Account, params: JsonObject) -> int:
    now = account.clock.now()
    expires_at = int(params.get("expires_at", now + MAX_LIFETIME_SECONDS))
    earliest, latest = now + MIN_LIFETIME_SECONDS, now + MAX_LIFETIME_SECONDS
    if not earliest - EXPIRY_TOLERANCE_SECONDS <= expires_at <= latest + EXPIRY_TOLERANCE_SECONDS:
        raise bad_param(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            "expires_at",
        )
    return expires_at
