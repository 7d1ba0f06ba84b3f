"""`make demo`: place, pay and cook one order over HTTP only, as a customer's browser does."""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from devstack import env
from devstack.console import StackError, say
from devstack.real_stripe import API_BASE
from devstack.seed import MENU
from devstack.state import Directory
from gorder.currencies import money

CUSTOMER = "ada"
TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.2


def main() -> int:
    """Run the demo and return the exit status."""
    try:
        environment = env.variables(Directory.default())
        with httpx.Client(timeout=30) as http:
            _run(http, environment)
    except (StackError, httpx.HTTPError) as error:
        say(f"gorder: {error}\nSee `make status` and `make logs F=create_order`.")
        return 1
    return 0


def _run(http: httpx.Client, environment: dict[str, str]) -> None:
    orders = f"{environment['GORDER_API_URL']}/api/customer/{CUSTOMER}/orders"
    items = [{"id": dish.product_id, "quantity": n} for n, dish in enumerate(MENU[:2], start=1)]
    started = time.monotonic()
    placed = _body(http.post(orders, json={"items": items}))

    def report(progress: str) -> None:
        print(f"  {time.monotonic() - started:6.2f} s  {progress}", flush=True)

    print(f"\nOrder {placed['order_id']}")
    for item in placed["items"]:
        amount = money(item["unit_amount"], placed["currency"])
        print(f"  {item['quantity']} x {item['name']} at {amount}")
    print(f"  total {money(placed['amount_total'], placed['currency'])}\n")
    report("pending: stock is held, the order is saved")

    order_url = f"{orders}/{placed['order_id']}"
    headers = {"Authorization": f"Bearer {placed['access_token']}"}

    def read() -> dict[str, Any]:
        return _body(http.get(order_url, headers=headers))

    waiting = _wait(read, "waiting_for_payment")
    report("waiting_for_payment: Stripe's hosted page is ready")
    _pay(http, waiting["payment_link"], environment["STRIPE_API_BASE"])
    report("the customer opened the page and paid; Stripe calls the webhook")
    _wait(read, "paid", "cooking", "cooked")
    report("paid: amount checked, held stock sold, the kitchen cooks")
    cooked = _wait(read, "cooked")
    report("cooked")

    print("\nIts history, from the API:")
    for change in cooked["history"]:
        at = datetime.fromisoformat(change["at"]).astimezone()
        print(f"  {at:%H:%M:%S.%f}"[:-3] + f"  {change['status']}")
    _print_next_commands(environment, orders, order_url, placed)


def _pay(http: httpx.Client, page: str, stripe: str) -> None:
    """Pay on the stand-in's page. On the real Stripe's page a person pays with a test card."""
    if stripe == API_BASE:
        input(f"\nPay with card 4242 4242 4242 4242, then press Enter:\n  {page}\n")
        return
    _check(http.get(page))
    _check(http.post(page, data={"outcome": "paid"}))


def _wait(read: Callable[[], dict[str, Any]], *statuses: str) -> dict[str, Any]:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (order := read())["status"] not in statuses:
        if time.monotonic() > deadline:
            raise StackError(
                f"Order {order['order_id']} is still {order['status']} after {TIMEOUT_SECONDS} s, "
                f"not {statuses[0]}: make trace ORDER={order['order_id']}"
            )
        time.sleep(POLL_SECONDS)
    return order


def _body(response: httpx.Response) -> dict[str, Any]:
    _check(response)
    body: dict[str, Any] = response.json()
    return body


def _check(response: httpx.Response) -> None:
    if response.is_error:
        raise StackError(f"{response.request.url} answered {response.status_code} {response.text}")


def _print_next_commands(
    environment: dict[str, str], orders: str, order_url: str, placed: dict[str, Any]
) -> None:
    body = f'{{"items":[{{"id":"{MENU[0].product_id}","quantity":2}}]}}'
    print(f"""
The shop  {environment["GORDER_PAGES_URL"]}
The API   {environment["GORDER_API_URL"]}
Stripe    {environment["STRIPE_API_BASE"]}

Place an order yourself:
  curl -s -X POST {orders} \\
    -H 'Content-Type: application/json' -d '{body}'

Read the order above:
  curl -s {order_url} \\
    -H 'Authorization: Bearer {placed["access_token"]}'

Its way through the functions:
  make trace ORDER={placed["order_id"]}

make metrics prints the functions' metrics, make logs F=create_order follows a function's log,
make env prints all addresses, make down stops everything.""")


if __name__ == "__main__":
    sys.exit(main())
