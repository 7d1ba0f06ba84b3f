"""The deployed template, reached over HTTP only, and the stand-in as a customer's browser does."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import stripe

from devstack import back_office, sam
from devstack.stack import Stack
from gorder.clients.mysql import connect_mysql

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Placed:
    """An order as its customer knows it."""

    customer_id: str
    order_id: str
    access_token: str
    body: dict[str, Any]


class Shop:
    """What a customer, and a shopkeeper with a terminal, can do with a running stack."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.api = environment["GORDER_API_URL"]
        self.stripe_base = environment["STRIPE_API_BASE"]
        self.http = httpx.Client(timeout=60)

    def stock_a_product(self, units: int, unit_amount: int = 500) -> str:
        """A new product in Stripe, the catalogue and the stock."""
        client = stripe.StripeClient(
            self.environment["STRIPE_API_KEY"], base_addresses={"api": self.stripe_base}
        )
        product = client.v1.products.create(
            {
                "name": "Dish of the day",
                "default_price_data": {"currency": "eur", "unit_amount": unit_amount},
            }
        )
        back_office.sync_catalogue(self.environment)
        back_office.receive_stock(self.environment, "r1", product.id, units)
        return product.id

    def post_order(self, *items: tuple[str, int], customer_id: str | None = None) -> httpx.Response:
        customer_id = customer_id or f"customer-{secrets.token_hex(4)}"
        body = {"items": [{"id": product, "quantity": quantity} for product, quantity in items]}
        return self.http.post(f"{self.api}/api/customer/{customer_id}/orders", json=body)

    def place(self, *items: tuple[str, int]) -> Placed:
        response = self.post_order(*items)
        assert response.status_code == 201, response.text
        body = response.json()
        return Placed(body["customer_id"], body["order_id"], body["access_token"], body)

    def get_order(self, placed: Placed, token: str | None = None) -> httpx.Response:
        return self.http.get(
            f"{self.api}/api/customer/{placed.customer_id}/orders/{placed.order_id}",
            headers={"Authorization": f"Bearer {token or placed.access_token}"},
        )

    def wait(self, placed: Placed, *statuses: str) -> dict[str, Any]:
        """The order once it has one of the statuses; fails with the one it stays at."""
        body: dict[str, Any] = {}

        def there() -> bool:
            nonlocal body
            response = self.get_order(placed)
            assert response.status_code == 200, response.text
            body = response.json()
            return body["status"] in statuses

        wait_until(there, lambda: f"the order stays {body.get('status')}, not {statuses}")
        return body

    def pay(self, payment_link: str) -> None:
        """Open the page and press the button."""
        assert self.http.get(payment_link).status_code == 200
        assert self.http.post(payment_link, data={"outcome": "paid"}).status_code == 303

    def session_of(self, order_id: str) -> dict[str, Any]:
        """The order's Checkout Session, as soon as Stripe has one."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            sessions = self.stripe_list("checkout/sessions")
            found[:] = [one for one in sessions if one["client_reference_id"] == order_id]
            return bool(found)

        wait_until(there, lambda: f"Stripe has no session for order {order_id}")
        return found[0]

    def completed_event_of(self, session_id: str) -> str:
        """The id of the event that says the session is complete."""
        events = self.stripe_list("events", type="checkout.session.completed")
        [event_id] = [e["id"] for e in events if e["data"]["object"]["id"] == session_id]
        return str(event_id)

    def stripe_list(self, what: str, **filters: str) -> list[dict[str, Any]]:
        """The newest 100 of a list of Stripe's."""
        response = self.http.get(
            f"{self.stripe_base}/v1/{what}",
            params={"limit": "100", **filters},
            headers={"Authorization": f"Bearer {self.environment['STRIPE_API_KEY']}"},
        )
        listed: list[dict[str, Any]] = response.raise_for_status().json()["data"]
        return listed

    def units(self, product_id: str) -> dict[str, int]:
        """What the stock database says of a product, looked at from outside."""
        with (
            connect_mysql(self.environment["GORDER_MYSQL_URL"]) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT on_hand, held FROM stock WHERE product_id = %s", (product_id,))
            row = cursor.fetchone()
        assert row is not None
        return {"on_hand": row[0], "held": row[1]}

    def aws(self, service: str) -> Any:
        """A client of the cloud the template is deployed to."""
        return sam.client(service, self.environment["AWS_ENDPOINT_URL"])

    def output(self, name: str) -> str:
        """An output of the deployed template."""
        [stack] = self.aws("cloudformation").describe_stacks(StackName="gorder")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        value: str = outputs[name]
        return value

    def control(self, name: str, **arguments: Any) -> Any:
        """One of the stand-in's test controls."""
        response = self.http.post(f"{self.stripe_base}/_test/{name}", json=arguments)
        response.raise_for_status()
        return response.json()


def wait_until(condition: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    """Ask until it is so; fail with what is so instead."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"after {PATIENCE_SECONDS} s {otherwise()}")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def cloud(stack: Stack) -> Stack:
    """The test run's stack with everything in it, up and deployed."""
    stack.up()
    return stack


@pytest.fixture(scope="session")
def shop(cloud: Stack) -> Iterator[Shop]:
    """The whole stack, up and deployed."""
    shop = Shop(cloud.env())
    yield shop
    shop.http.close()
