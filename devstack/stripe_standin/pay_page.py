"""The hosted pay page, where a customer pays a Checkout Session."""

from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs

from devstack.stripe_standin import checkout
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.http_messages import StandinRequest, StandinResponse
from devstack.stripe_standin.payments import Outcome
from devstack.stripe_standin.stripe_json import JsonObject
from gorder.currencies import money

PREFIX = "/c/pay/"
HTML_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; } main { max-width: 28rem; margin: 0 auto; padding: 1rem; }
.test { background: #ffd43b; color: #1a1a1a; text-align: center; padding: .25rem; margin: 0; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem 0; border-bottom: 1px solid #8886; }
th:last-child, td:last-child { text-align: right; }
tfoot { font-weight: bold; font-size: 1.25rem; }
form { display: grid; gap: .75rem; margin-top: 1.5rem; }
button { font: inherit; padding: .75rem; border: 1px solid #8889; border-radius: .5rem; }
button:focus-visible { outline: 3px solid #635bff; outline-offset: 2px; }
button[value=paid] { background: #4b45d6; color: #fff; font-weight: bold; }
[role=alert] { border-left: 4px solid #d6336c; padding: .5rem 1rem; }
"""
CLOSED_TEXTS = {
    "complete": "This order has been placed. There is nothing more to pay here.",
    "expired": "This page has expired. You were not charged. Please order again.",
}


def respond(account: Account, request: StandinRequest) -> StandinResponse:
    """Show the page of a Checkout Session (GET), or apply the customer's choice (POST).

    A POST has the form field `outcome`: paid, declined or later.
    """
    checkout.expire_overdue(account)
    session_id = request.path.removeprefix(PREFIX)
    try:
        session = account.get("checkout.session", session_id)
        if request.method == "POST":
            return _act(account, session, request.body)
    except ApiError as error:
        status = error.status if error.status is HTTPStatus.NOT_FOUND else HTTPStatus.CONFLICT
        return _page(status, "Checkout", f"<p role=alert>{escape(str(error))}</p>")
    return _show(account, session, HTTPStatus.OK)


def _act(account: Account, session: JsonObject, form: str) -> StandinResponse:
    chosen = parse_qs(form).get("outcome", [""])[0]
    if chosen not in set(Outcome):
        alert = "Choose one of the buttons: outcome must be paid, declined or later."
        return _show(account, session, HTTPStatus.BAD_REQUEST, alert)
    with account.store.transaction():
        session = checkout.pay(account, session["id"], Outcome(chosen))
    if chosen == Outcome.DECLINED:
        alert = "Your card was declined. You were not charged. Try again or pay in another way."
        return _show(account, session, HTTPStatus.PAYMENT_REQUIRED, alert)
    location = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return StandinResponse(HTTPStatus.SEE_OTHER, headers=HTML_HEADERS | {"Location": location})


def _show(
    account: Account, session: JsonObject, status: HTTPStatus, alert: str = ""
) -> StandinResponse:
    if session["status"] in CLOSED_TEXTS:
        back = session["success_url" if session["status"] == "complete" else "cancel_url"]
        link = back and back.replace("{CHECKOUT_SESSION_ID}", session["id"])
        onward = f'<p><a href="{escape(link)}">Back to the shop</a></p>' if link else ""
        return _page(status, "Checkout", f"<p>{CLOSED_TEXTS[session['status']]}</p>{onward}")
    total = escape(money(session["amount_total"], session["currency"]))
    lines = "".join(map(_row, account.store.private(session["id"])["line_items"]))
    warning = f"<p role=alert>{escape(alert)}</p>" if alert else ""
    back = session["cancel_url"]
    leave = f'<p><a href="{escape(back)}">Leave without paying</a></p>' if back else ""
    return _page(
        status,
        f"Pay {total}",
        f"""{warning}
<table><thead><tr><th scope=col>Item<th scope=col>Quantity<th scope=col>Amount</thead>
<tbody>{lines}</tbody><tfoot><tr><th scope=row colspan=2>Total<td>{total}</tfoot></table>
<form method=post>
<button name=outcome value=paid>Pay {total}</button>
<button name=outcome value=later>Pay later, by bank debit</button>
<button name=outcome value=declined>Pay with a card that is declined</button>
</form>{leave}""",
    )


def _row(line: JsonObject) -> str:
    amount = escape(money(line["amount_total"], line["currency"]))
    return f"<tr><td>{escape(line['description'])}<td>{line['quantity']}<td>{amount}"


def _page(status: HTTPStatus, title: str, content: str) -> StandinResponse:
    html = f"""<!doctype html><html lang=en><head><meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<title>{title} (test mode)</title><style>{STYLE}</style></head>
<body><p class=test><strong>TEST MODE</strong> - no real money moves</p>
<main><h1>{title}</h1>{content}</main></body></html>
"""
    return StandinResponse(status, html, HTML_HEADERS)
