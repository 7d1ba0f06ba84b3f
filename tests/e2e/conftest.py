"""The deployed template and its clients: the HTTP API, Stripe, the back office and AWS."""

import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

import httpx
import pytest
import stripe

from devstack import back_office, sam
from devstack.env import CONTROL_KEY
from devstack.stack import Stack
from gorder.clients.mysql import connect_mysql
from tests.e2e.final_audit import audit
from tests.fakes.keys import SECRET

_TLS = ssl.create_default_context()  # slow to make, and each client would make one
_LONGEST_PAUSE_SECONDS = 0.7  # each look invokes functions
_PRODUCTS_AT_ONCE = 8
TIMEOUT_SECONDS = 180  # a loaded machine may be many times slower


@dataclass(frozen=True)
class CustomerOrder:
    """An order as its customer received it."""

    customer_id: str
    order_id: str
    access_token: str
    body: dict[str, Any]


def loopback_address(customer_id: str) -> str:
    """Return an address of 127.0.0.0/8, the same one for the same customer."""
    number = crc32(customer_id.encode())
    return f"127.{1 + number % 254}.{number // 254 % 256}.{1 + number // 65536 % 254}"


class ShopClient:
    """The actions of a customer, a shopkeeper and a test on a running stack."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.api = environment["GORDER_API_URL"]
        self.stripe_base = environment["STRIPE_API_BASE"]
        self.http = httpx.Client(timeout=60)
        self._unused_products: dict[int, list[str]] = {}  # by price
        self.changed_by_hand: set[str] = set()  # ids of orders, for the audit at the end

    def stock_a_product(self, units: int, unit_amount: int = 500) -> str:
        """Receive units of a product of the catalogue that no test has had; return its id."""
        unused = self._unused_products.setdefault(unit_amount, [])
        if not unused:
            unused += self._create_products(unit_amount)
        product = unused.pop()
        back_office.receive_stock(self.environment, "r1", product, units)
        return product

    def _create_products(self, unit_amount: int) -> list[str]:
        """Create products in Stripe, and synchronise the catalogue once for all of them."""
        client = stripe.StripeClient(
            self.environment["STRIPE_API_KEY"], base_addresses={"api": self.stripe_base}
        )
        created = [
            client.v1.products.create(
                {
                    "name": "Dish of the day",
                    "default_price_data": {"currency": "eur", "unit_amount": unit_amount},
                }
            )
            for _ in range(_PRODUCTS_AT_ONCE)
        ]
        back_office.sync_catalogue(self.environment)
        return [product.id for product in created]

    def post_order(
        self,
        *items: tuple[str, int],
        customer_id: str | None = None,
        key: str | None = None,
        secret: str = SECRET,
        address: str | None = None,
    ) -> httpx.Response:
        """Post an order, with an idempotency key and its secret if a key is given.

        Each customer has a loopback address of its own, unless one is given.
        """
        customer_id = customer_id or f"customer-{secrets.token_hex(4)}"
        body = {"items": [{"id": product, "quantity": quantity} for product, quantity in items]}
        headers = {"Idempotency-Key": key, "Idempotency-Secret": secret} if key else {}
        url = f"{self.api}/api/customer/{customer_id}/orders"
        transport = httpx.HTTPTransport(
            verify=_TLS, local_address=address or loopback_address(customer_id)
        )
        with httpx.Client(timeout=60, transport=transport) as client:
            return client.post(url, json=body, headers=headers)

    def place(self, *items: tuple[str, int]) -> CustomerOrder:
        """Post an order that must be accepted."""
        response = self.post_order(*items)
        assert response.status_code == 201, response.text
        body = response.json()
        return CustomerOrder(body["customer_id"], body["order_id"], body["access_token"], body)

    def get_order(self, placed: CustomerOrder, token: str | None = None) -> httpx.Response:
        return self.http.get(
            f"{self.api}/api/customer/{placed.customer_id}/orders/{placed.order_id}",
            headers={"Authorization": f"Bearer {token or placed.access_token}"},
        )

    def wait(self, placed: CustomerOrder, *statuses: str) -> dict[str, Any]:
        """Wait until the order has one of the statuses, and return it."""
        body: dict[str, Any] = {}

        def reached() -> bool:
            nonlocal body
            response = self.get_order(placed)
            assert response.status_code == 200, response.text
            body = response.json()
            return body["status"] in statuses

        wait_until(reached, lambda: f"the order is {body.get('status')}, not {statuses}")
        return body

    def pay(self, payment_link: str) -> None:
        """Open the pay page and pay."""
        assert self.http.get(payment_link).status_code == 200
        assert self.http.post(payment_link, data={"outcome": "paid"}).status_code == 303

    def session_of(self, order_id: str) -> dict[str, Any]:
        """Wait for the order's Checkout Session and return it."""
        found: list[dict[str, Any]] = []

        def created() -> bool:
            sessions = self.stripe_list("checkout/sessions")
            found[:] = [each for each in sessions if each["client_reference_id"] == order_id]
            return bool(found)

        wait_until(created, lambda: f"Stripe has no session for order {order_id}")
        return found[0]

    def completed_event_of(self, session_id: str) -> str:
        """Return the id of the session's `checkout.session.completed` event."""
        events = self.stripe_list("events", type="checkout.session.completed")
        [event_id] = [e["id"] for e in events if e["data"]["object"]["id"] == session_id]
        return str(event_id)

    def stripe_list(self, resource: str, **filters: str) -> list[dict[str, Any]]:
        """List the newest 100 objects of a Stripe resource."""
        response = self.http.get(
            f"{self.stripe_base}/v1/{resource}",
            params={"limit": "100", **filters},
            headers={"Authorization": f"Bearer {self.environment['STRIPE_API_KEY']}"},
        )
        listed: list[dict[str, Any]] = response.raise_for_status().json()["data"]
        return listed

    def units(self, product_id: str) -> dict[str, int]:
        """Read a product's units on hand and held from the stock database."""
        with (
            connect_mysql(self.environment["GORDER_MYSQL_URL"]) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT on_hand, held FROM stock WHERE product_id = %s", (product_id,))
            row = cursor.fetchone()
        assert row is not None
        return {"on_hand": row[0], "held": row[1]}

    def aws(self, service: str) -> Any:
        """Return a boto3 client of the local cloud."""
        return sam.client(service, self.environment)

    def output(self, name: str) -> str:
        """Return an output of the deployed stack."""
        return self._outputs[name]

    @cached_property
    def _outputs(self) -> dict[str, str]:
        [stack] = self.aws("cloudformation").describe_stacks(StackName="gorder")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def function(self, service: str) -> dict[str, Any]:
        """Return the configuration of a function by its service name."""
        [found] = [
            function
            for function in self.aws("lambda").list_functions(MaxItems=100)["Functions"]
            if function["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME") == service
        ]
        configuration: dict[str, Any] = found
        return configuration

    def invoke(self, service: str, payload: object = None) -> dict[str, Any]:
        """Invoke a function by its service name and return Lambda's response."""
        response: dict[str, Any] = self.aws("lambda").invoke(
            FunctionName=self.function(service)["FunctionName"],
            Payload=json.dumps(payload or {}).encode(),
        )
        assert "FunctionError" not in response, response["Payload"].read()
        return response

    def control(self, name: str, **arguments: Any) -> Any:
        """Call a test control of the stand-in."""
        return self._control("POST", name, arguments)

    def deliveries(self) -> list[dict[str, Any]]:
        """Read the stand-in's history of webhooks."""
        history: list[dict[str, Any]] = self._control("GET", "deliveries", {})
        return history

    def requests(self) -> list[dict[str, Any]]:
        """Read the stand-in's log of requests."""
        log: list[dict[str, Any]] = self._control("GET", "requests", {})
        return log

    def clear_faults(self) -> None:
        """Remove the faults that the stand-in was given."""
        self._control("DELETE", "faults", {})

    def _control(self, method: str, name: str, arguments: dict[str, Any]) -> Any:
        response = self.http.request(
            method,
            f"{self.stripe_base}/_test/{name}",
            headers={"Authorization": f"Bearer {self.environment[CONTROL_KEY]}"},
            json=arguments,
        )
        return response.raise_for_status().json()


def statuses(order: dict[str, Any]) -> list[str]:
    """Return the statuses of the order's history, oldest first."""
    return [change["status"] for change in order["history"]]


def wait_until(condition: Callable[[], bool], failure: Callable[[], str]) -> None:
    """Wait until the condition is true. At the timeout, fail with the given text."""
    deadline, pause = time.monotonic() + TIMEOUT_SECONDS, 0.1
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"after {TIMEOUT_SECONDS} s {failure()}")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


@pytest.fixture(scope="session")
def cloud(stack: Stack) -> Stack:
    """The test run's stack, with all parts started and the template deployed."""
    stack.up()
    return stack


@pytest.fixture(scope="session")
def shop(cloud: Stack) -> Iterator[ShopClient]:
    """A client of the stack, whose orders, stock and payments agree at the end."""
    shop = ShopClient(cloud.env())
    yield shop
    found: list[str] = []

    def agrees() -> bool:
        found[:] = [
            finding
            for finding in audit(shop.environment)
            if not any(order_id in finding for order_id in shop.changed_by_hand)
        ]
        return not found

    wait_until(agrees, lambda: f"the audit has found {found}")
    shop.http.close()
