"""`make demo`: one order from POST to cooked, over HTTP only, as a customer's browser would."""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from devstack.console import StackError, say
from devstack.real_stripe import API_BASE
from devstack.seed import MENU
from devstack.stack import Stack

CUSTOMER = "ada"
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.2


def main() -> int:
    """Run the demo; the exit status."""
    try:
        environment = Stack().env()
        with httpx.Client(timeout=30) as http:
            _run(http, environment)
    except (StackError, httpx.HTTPError) as error:
        say(f"gorder: {error}\nSee `make status` and `make logs F=create_order`.")
        return 1
    return 0


def _run(http: httpx.Client, environment: dict[str, str]) -> None:
    orders = f"{environment['GORDER_API_URL']}/api/customer/{CUSTOMER}/orders"
    items = [{"id": dish.product_id, "quantity": n} for n, dish in enumerate(MENU[:2], start=1)]
    placed = _answer(http.post(orders, json={"items": items}))
    started = time.monotonic()

    def happened(what: str) -> None:
        print(f"  {time.monotonic() - started:6.2f} s  {what}", flush=True)

    print(f"\nOrder {placed['order_id']}")
    for item in placed["items"]:
        amount = _money(item["unit_amount"], placed["currency"])
        print(f"  {item['quantity']} x {item['name']} at {amount}")
    print(f"  total {_money(placed['amount_total'], placed['currency'])}\n")
    happened("pending: stock is held, the order is saved")

    order_url = f"{orders}/{placed['order_id']}"
    headers = {"Authorization": f"Bearer {placed['access_token']}"}

    def order() -> dict[str, Any]:
        return _answer(http.get(order_url, headers=headers))

    waiting = _wait(order, "waiting_for_payment")
    happened("waiting_for_payment: Stripe's hosted page is ready")
    _pay(http, waiting["payment_link"], environment["STRIPE_API_BASE"])
    happened("the customer opened the page and paid; Stripe calls the webhook")
    _wait(order, "paid", "cooked")
    happened("paid: amount checked, held stock sold, the kitchen cooks")
    cooked = _wait(order, "cooked")
    happened("cooked: enjoy")

    print("\nIts history, as the API tells it:")
    for change in cooked["history"]:
        at = datetime.fromisoformat(change["at"]).astimezone()
        print(f"  {at:%H:%M:%S.%f}"[:-3] + f"  {change['status']}")
    _print_what_next(environment, orders, order_url, placed)


def _pay(http: httpx.Client, page: str, stripe: str) -> None:
    """Press the stand-in's button; the real Stripe wants a person and a test card."""
    if stripe == API_BASE:
        input(f"\nPay with card 4242 4242 4242 4242, then press Enter:\n  {page}\n")
        return
    _answer_page(http.get(page))
    _answer_page(http.post(page, data={"outcome": "paid"}))


def _wait(order: Callable[[], dict[str, Any]], *statuses: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (now := order())["status"] not in statuses:
        if time.monotonic() > deadline:
            raise StackError(
                f"the order is still {now['status']} after {PATIENCE_SECONDS} s, not {statuses[0]}"
            )
        time.sleep(POLL_SECONDS)
    return now


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise StackError(f"{response.request.url} answered {response.status_code} {response.text}")
    body: dict[str, Any] = response.json()
    return body


def _answer_page(response: httpx.Response) -> None:
    if response.is_error:
        raise StackError(f"the payment page answered {response.status_code}")


def _money(amount: int, currency: str) -> str:
    return f"{amount / 100:.2f} {currency.upper()}"


def _print_what_next(
    environment: dict[str, str], orders: str, order_url: str, placed: dict[str, Any]
) -> None:
    body = f'{{"items":[{{"id":"{MENU[0].product_id}","quantity":2}}]}}'
    print(f"""
The API        {environment["GORDER_API_URL"]}
Stripe's place {environment["STRIPE_API_BASE"]}

Place an order yourself:
  curl -s -X POST {orders} \\
    -H 'Content-Type: application/json' -d '{body}'

Look at the one above:
  curl -s {order_url} \\
    -H 'Authorization: Bearer {placed["access_token"]}'

`make trace ORDER={placed["order_id"]}`
draws its way through the functions, `make metrics` prints what they counted,
`make logs F=create_order` what one says, `make env` every address. `make down` stops it all.""")


if __name__ == "__main__":
    sys.exit(main())
