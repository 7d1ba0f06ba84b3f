"""From POST to cooked through the functions' own entries, message by message."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from gorder.bootstrap.payment_link import payable
from gorder.contracts.events import CookingTimeElapsed, OrderData
from gorder.runtime.clock import utc_now
from tests.fakes.aws_events import http_event, sqs_event
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import PAGE_OPTIONS
from tests.fakes.products import product
from tests.fakes.webhooks import event, session, signature


class DeploymentScenario:
    """A deployment, and the requests of a customer and of Stripe."""

    def __init__(self) -> None:
        self.deployment = FakeDeployment()

    def post(self, *items: tuple[str, int], customer_id: str = "ann") -> dict[str, Any]:
        body = {"items": [{"id": product_id, "quantity": count} for product_id, count in items]}
        return self.deployment.call(
            "create_order", http_event(json.dumps(body), {"customer_id": customer_id})
        )

    def get(self, order_id: str, token: str, customer_id: str = "ann") -> dict[str, Any]:
        path = {"customer_id": customer_id, "order_id": order_id}
        return self.deployment.call(
            "get_order", http_event(path=path, authorization=f"Bearer {token}")
        )

    def pay(self, order_id: str) -> None:
        """Pay on the order's page."""
        assert self.deployment.gateway.pay(self.make_page(order_id))

    def make_page(self, order_id: str) -> str:
        """Make the order's page at Stripe, unless it exists, and return its session id."""
        order = self.deployment.orders.stored[order_id]
        asked = replace(payable(order), awaits_checkout=True)
        return self.deployment.gateway.create_page(asked, PAGE_OPTIONS).session_id

    def report_payment(self, order_id: str, amount: int) -> dict[str, Any]:
        """Receive Stripe's webhook about the payment."""
        paid = session(metadata={"order_id": order_id}, amount_total=amount)
        body = event("checkout.session.completed", paid)
        header = signature(body, utc_now())
        return self.deployment.call(
            "stripe_webhook", http_event(body.decode(), stripe_signature=header)
        )

    def deliver(self, queue: str, times: int = 1) -> list[dict[str, str]]:
        """Invoke a function with the messages of its queue."""
        bodies = self.deployment.bus.queues[queue]
        answers = [self.deployment.call(queue, sqs_event(*bodies)) for _ in range(times)]
        bodies.clear()
        failures: list[dict[str, str]] = answers[-1]["batchItemFailures"]
        return failures

    def elapse(self) -> None:
        """Let the time of every kitchen timer elapse."""
        self.deployment.bus.queues["kitchen"] = [
            CookingTimeElapsed(
                event_id=f"elapsed-{alarm.order_id}",
                occurred_at=utc_now(),
                trace_id=alarm.trace_id,
                data=OrderData(order_id=alarm.order_id),
            ).model_dump_json()
            for alarm in self.deployment.timer.alarms
        ]
        self.deliver("kitchen")


@pytest.mark.parametrize("times", [1, 2], ids=["once", "every message twice"])
def test_from_post_to_cooked(times: int) -> None:
    scenario = DeploymentScenario()

    answer = scenario.post(("soup", 2), ("bread", 1))
    placed = json.loads(answer["body"])
    scenario.deliver("payment_link", times)
    scenario.pay(placed["order_id"])
    for _ in range(times):
        assert scenario.report_payment(placed["order_id"], 1650)["statusCode"] == 200
    scenario.deliver("order_paid")
    scenario.deliver("kitchen", times)
    scenario.elapse()

    order_id = placed["order_id"]
    assert answer["statusCode"] == 201
    assert answer["headers"]["Location"] == f"orders/{order_id}"
    shown = json.loads(scenario.get(order_id, placed["access_token"])["body"])
    assert [change["status"] for change in shown["history"]] == [
        "pending",
        "waiting_for_payment",
        "paid",
        "cooking",
        "cooked",
    ]
    assert "payment_link" not in shown
    assert shown["refunds"] == []
    assert {key: shown[key] for key in ("items", "amount_total", "currency")} == {
        key: placed[key] for key in ("items", "amount_total", "currency")
    }
    units = scenario.deployment.stock.kept.stock["soup"]
    assert (units.on_hand, units.held) == (8, 0)


def test_there_is_no_link_before_the_page_is_made() -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])

    shown = json.loads(scenario.get(placed["order_id"], placed["access_token"])["body"])

    assert "payment_link" not in shown
    assert shown["status"] == "pending"


def test_the_payment_may_overtake_the_link() -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])

    scenario.pay(placed["order_id"])
    scenario.report_payment(placed["order_id"], 700)
    scenario.deliver("order_paid")
    scenario.deliver("payment_link")

    shown = json.loads(scenario.get(placed["order_id"], placed["access_token"])["body"])
    assert shown["status"] == "paid"
    assert len(scenario.deployment.gateway.pages) == 1


@pytest.mark.parametrize("is_saved", [True, False], ids=["with a link", "without a link"])
def test_a_forged_payment_is_not_believed(*, is_saved: bool) -> None:
    """The customer knows the page and the amount; only Stripe knows whether it is paid."""
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])
    order_id = placed["order_id"]
    if is_saved:
        scenario.deliver("payment_link")
    else:
        scenario.make_page(order_id)

    scenario.report_payment(order_id, 700)

    assert scenario.deliver("order_paid") == [{"itemIdentifier": "0"}]
    shown = json.loads(scenario.get(order_id, placed["access_token"])["body"])
    assert shown["status"] == ("waiting_for_payment" if is_saved else "pending")
    assert scenario.deployment.stock.kept.stock["soup"].held == 1
    assert "order.paid" not in scenario.deployment.bus.types


def test_a_payment_waits_for_stripe() -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])
    scenario.deliver("payment_link")
    scenario.pay(placed["order_id"])
    scenario.report_payment(placed["order_id"], 700)
    [message] = scenario.deployment.bus.queues["order_paid"]
    scenario.deployment.faults.on("gateway.page")

    assert scenario.deliver("order_paid") == [{"itemIdentifier": "0"}]
    scenario.deployment.bus.queues["order_paid"].append(message)
    assert scenario.deliver("order_paid") == []

    shown = json.loads(scenario.get(placed["order_id"], placed["access_token"])["body"])
    assert shown["status"] == "paid"


@pytest.mark.parametrize("times", [1, 2], ids=["once", "every message twice"])
def test_a_payment_of_a_cancelled_order_is_refunded_once(times: int) -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])
    order_id, token = placed["order_id"], placed["access_token"]
    scenario.pay(order_id)  # on a page that the order does not have yet
    path = {"customer_id": "ann", "order_id": order_id}
    cancelled = scenario.deployment.call(
        "cancel_order", http_event(path=path, authorization=f"Bearer {token}")
    )

    scenario.report_payment(order_id, 700)
    scenario.deliver("order_paid", times)
    assert scenario.deliver("refund", times) == []

    assert cancelled["statusCode"] == 200
    assert [due.amount for due in scenario.deployment.gateway.refunds.values()] == [700]
    assert scenario.deployment.orders.stored[order_id].refunds_due == []
    assert scenario.deployment.stock.kept.stock["soup"].available == 10


def test_a_wrong_amount_returns_to_the_queue() -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])

    scenario.pay(placed["order_id"])
    scenario.report_payment(placed["order_id"], 1)

    assert scenario.deliver("order_paid") == [{"itemIdentifier": "0"}]


@pytest.mark.parametrize(
    ("items", "status", "code"),
    [
        ([("soup", 11)], 409, "insufficient_stock"),
        ([("air", 1)], 422, "unknown_product"),
        ([("soup", 0)], 422, "invalid_body"),
        ([("soup", 600), ("soup", 600)], 422, "invalid_order"),
        ([], 422, "invalid_body"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused(
    items: list[tuple[str, int]], status: int, code: str
) -> None:
    answer = DeploymentScenario().post(*items)

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["status"], problem["code"]) == (status, status, code)


@pytest.mark.parametrize(
    ("price", "currency", "bound"),
    [
        (24, "eur", "below the minimum of 50 minor units of eur"),
        (50_000_000, "eur", "above the maximum of 99999999 minor units of eur"),
        (1504, "kwd", "not a multiple of 10 minor units of kwd"),
    ],
)
def test_a_total_that_no_payment_can_carry_is_refused_and_its_stock_released(
    price: int, currency: str, bound: str
) -> None:
    """The price that breaks the step was copied by a release that did not check it."""
    scenario = DeploymentScenario()
    stock = scenario.deployment.stock
    stock.run(lambda rows: rows.save_products([product("soup", amount=price, currency=currency)]))

    answer = scenario.post(("soup", 2))

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["code"]) == (422, "invalid_order")
    assert problem["detail"] == f"items: the total of {2 * price} is {bound}."
    assert (stock.kept.stock["soup"].held, scenario.deployment.orders.stored) == (0, {})


@pytest.mark.parametrize("customer_id", ["ann\n", "", " ", "a" * 65, "../admin", "änn"])
def test_an_invalid_customer_id_is_refused(customer_id: str) -> None:
    answer = DeploymentScenario().post(("soup", 1), customer_id=customer_id)

    assert json.loads(answer["body"])["errors"][0]["field"] == "customer_id"
    assert answer["statusCode"] == 422


def test_an_order_is_shown_to_its_customer_only() -> None:
    scenario = DeploymentScenario()
    placed = json.loads(scenario.post(("soup", 1))["body"])
    order_id, token = placed["order_id"], placed["access_token"]

    others = [
        scenario.get(order_id, token, customer_id="bob"),
        scenario.get(order_id, token + "x"),
        scenario.get("0" * 32, token),
    ]

    assert [answer["statusCode"] for answer in others] == [404, 404, 404]
    problems = [json.loads(answer["body"]) | {"trace_id": ""} for answer in others]
    assert problems[0] == problems[1] == problems[2]


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer "}, {"authorization": "Basic x"}])
def test_a_request_without_a_token_is_unauthorized(header: dict[str, str]) -> None:
    path = {"customer_id": "ann", "order_id": "0" * 32}

    answer = DeploymentScenario().deployment.call("get_order", http_event(path=path, **header))

    assert answer["statusCode"] == 401
    assert answer["headers"]["WWW-Authenticate"] == "Bearer"


def test_a_base64_body_is_decoded_before_it_is_verified() -> None:
    scenario = DeploymentScenario()
    body = event("checkout.session.completed", session())
    request = http_event(b64encode(body).decode()) | {
        "headers": {"STRIPE-signature": signature(body, utc_now())},
        "isBase64Encoded": True,
    }

    answer = scenario.deployment.call("stripe_webhook", request)

    assert answer["statusCode"] == 200
    assert scenario.deployment.bus.types == ["payment.succeeded"]


def test_a_webhook_that_is_not_published_is_not_acknowledged() -> None:
    scenario = DeploymentScenario()
    scenario.deployment.faults.on("events.publish")

    answer = scenario.report_payment("0" * 32, 700)

    assert answer["statusCode"] == 503
    assert "event_bus_unavailable" in answer["body"]
