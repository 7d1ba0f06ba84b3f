"""Counts the requests and log bytes of one order, from which docs/cost.md is computed.

Retries and batches add to an order, so the minimum of a few orders counts.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack.stack import Stack
from devstack.template import functions
from tests.e2e.conftest import CustomerOrder, ShopClient, wait_until
from tests.e2e.function_logs import LoggedInvocation, invocations
from tools.cost_inputs import ASSUMPTIONS, COUNTS, Assumptions, Counts, Work

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

ORDERS = 2
BYTES_TOLERANCE = 0.03  # the digits of durations vary, and names differ a little on AWS
READ_FUNCTIONS = ("get_menu", "get_order")
LAST_MESSAGES = {  # the last line of each invocation that an order causes
    "create_order.succeeded",
    "create_payment_link.succeeded",
    "receive_webhook.succeeded",
    "reconcile_payment.succeeded",
    "start_cooking.succeeded",
    "mark_cooked.succeeded",
}
SCHEDULED = sorted(
    (name, event["Properties"].get("Input", "{}"))
    for name, function in functions().items()
    for event in function.get("Events", {}).values()
    if event["Type"] == "Schedule"
)


class EventRecorder:
    """A queue that subscribes to every event of both topics."""

    def __init__(self, shop: ShopClient) -> None:
        self._sqs, self._sns = shop.aws("sqs"), shop.aws("sns")
        self._topics = [shop.output("OrderTopicArn"), shop.output("StripeTopicArn")]
        name = f"recorder-{secrets.token_hex(4)}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self._subscriptions = [
            self._sns.subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=arn["Attributes"]["QueueArn"],
                Attributes={"RawMessageDelivery": "true"},
            )["SubscriptionArn"]
            for topic in self._topics
        ]

    def close(self) -> None:
        for subscription in self._subscriptions:
            self._sns.unsubscribe(SubscriptionArn=subscription)
        self._sqs.delete_queue(QueueUrl=self._url)

    def events(self) -> list[dict[str, Any]]:
        """Return all events published so far; those of a topic end with a marker published now."""
        markers = {topic: f"marker-{secrets.token_hex(4)}" for topic in self._topics}
        for topic, marker in markers.items():
            self._sns.publish(TopicArn=topic, Message=json.dumps({"event_type": marker}))
        found: list[dict[str, Any]] = []

        def complete() -> bool:
            response = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in response.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            return {event["event_type"] for event in found} >= {*markers.values()}

        wait_until(complete, lambda: "the queue did not receive the markers")
        return [event for event in found if event["event_type"] not in markers.values()]


@pytest.fixture(scope="module")
def recorder(shop: ShopClient) -> Iterator[EventRecorder]:
    recorder = EventRecorder(shop)
    yield recorder
    recorder.close()


@pytest.fixture(scope="module")
def counted(shop: ShopClient, cloud: Stack, recorder: EventRecorder) -> Counts:
    """The counts of one order, from reading the menu until it is cooked."""
    logs = cloud.directory.function_logs
    product = shop.stock_a_product(units=ORDERS)
    orders = []
    for _ in range(ORDERS):
        assert shop.http.get(f"{shop.api}/api/menu").status_code == 200
        orders.append(from_post_to_cooked(shop, product, logs))
    events = recorder.events()
    logged = invocations(logs)
    order_runs = [
        [
            each
            for each in logged
            if each.service not in READ_FUNCTIONS and each.mentions("order_id", order_id)
        ]
        for order_id in orders
    ]
    menu_runs = [in_trace_of(each, logged) for each in logged if each.service == "get_menu"]
    read_runs = [
        [each]
        for each in logged
        if each.service == "get_order" and any(each.mentions("order_id", o) for o in orders)
    ]
    steps = {"order": order_runs, "get_menu": menu_runs[-ORDERS:], "get_order": read_runs}
    return Counts(
        steps={name: least_work(runs) for name, runs in steps.items()},
        events=minimum(Counter(events_of(events, order_id)) for order_id in orders),
        metrics=metrics(steps.values()),
    )


def from_post_to_cooked(shop: ShopClient, product: str, logs: Path) -> str:
    """Place and pay an order, wait until all its log lines are written, and return its id."""
    placed: CustomerOrder = shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    shop.wait(placed, "cooked")

    def missing() -> set[str]:
        found = [each for each in invocations(logs) if each.mentions("order_id", placed.order_id)]
        return LAST_MESSAGES - {line["message"] for each in found for line in each.lines}

    wait_until(lambda: not missing(), lambda: f"no log line has the message {missing()}")
    return placed.order_id


def events_of(events: list[dict[str, Any]], order_id: str) -> list[str]:
    """Return the types of an order's events."""
    return [event["event_type"] for event in events if event["data"]["order_id"] == order_id]


def in_trace_of(
    invocation: LoggedInvocation, logged: list[LoggedInvocation]
) -> list[LoggedInvocation]:
    """Return the invocations with the same trace id, including the given one."""
    trace_id = str(invocation.lines[0]["trace_id"])
    return [other for other in logged if other.mentions("trace_id", trace_id)]


def by_service(run: Iterable[LoggedInvocation]) -> dict[str, list[LoggedInvocation]]:
    found: dict[str, list[LoggedInvocation]] = {}
    for each in run:
        found.setdefault(each.service, []).append(each)
    return found


def least_work(runs: list[list[LoggedInvocation]]) -> dict[str, Work]:
    """Return the minimum of each function's work over the runs."""
    split = [by_service(run) for run in runs]

    def minimum_of(service: str, count: Callable[[LoggedInvocation], int]) -> int:
        return min(sum(count(each) for each in run.get(service, [])) for run in split)

    return {
        service: Work(
            invocations=minimum_of(service, lambda _: 1),
            log_lines=minimum_of(service, lambda each: len(each.lines)),
            log_bytes=minimum_of(service, lambda each: each.log_bytes),
            metric_bytes=minimum_of(service, lambda each: each.metric_bytes),
        )
        for service in sorted(set().union(*split))
    }


def minimum(counts: Iterable[Counter[str]]) -> dict[str, int]:
    """Return the minimum of each type over the counts."""
    counters = list(counts)
    types = sorted(set().union(*counters))
    return {type_: min(counter[type_] for counter in counters) for type_ in types}


def metrics(steps: Iterable[list[list[LoggedInvocation]]]) -> dict[str, int]:
    """Count the metrics of each function that occur in every run of a step, over all steps."""
    names: dict[str, set[str]] = {}
    for runs in steps:
        split = [by_service(run) for run in runs]
        for service in set().union(*split):
            runs_metrics = [
                set().union(*(each.metrics for each in run.get(service, []))) for run in split
            ]
            names.setdefault(service, set()).update(set.intersection(*runs_metrics))
    return {service: len(names[service]) for service in sorted(names)}


def exact(counts: Counts) -> dict[str, Any]:
    """Return the counts without bytes, which may vary."""
    steps = counts.model_dump(
        include={"steps"},
        exclude={"steps": {"__all__": {"__all__": {"log_bytes", "metric_bytes"}}}},
    )
    return steps | {"events": counts.events, "metrics": counts.metrics}


def as_recorded(counts: Counts) -> str:
    body = yaml.safe_dump(counts.model_dump(), sort_keys=False, default_flow_style=None, width=100)
    return f"If the change is intended, update {COUNTS.name} and run `make cost`:\n\n{body}"


@pytest.fixture(scope="module")
def recorded() -> Counts:
    return Counts.read(COUNTS)


def test_an_order_makes_the_recorded_number_of_requests(counted: Counts, recorded: Counts) -> None:
    assert exact(counted) == exact(recorded), as_recorded(counted)


def test_an_order_logs_the_recorded_number_of_bytes(counted: Counts, recorded: Counts) -> None:
    for step, functions_work in recorded.steps.items():
        for name, expected in functions_work.items():
            actual = counted.steps[step][name]
            for recorded_bytes, counted_bytes in (
                (expected.log_bytes, actual.log_bytes),
                (expected.metric_bytes, actual.metric_bytes),
            ):
                tolerated = pytest.approx(recorded_bytes, rel=BYTES_TOLERANCE)
                assert counted_bytes == tolerated, as_recorded(counted)


@pytest.mark.parametrize(("name", "payload"), SCHEDULED)
def test_a_scheduled_run_stays_within_the_assumptions(
    shop: ShopClient, cloud: Stack, name: str, payload: str
) -> None:
    runs = []
    for _ in range(ORDERS):
        request_id = shop.invoke(name, json.loads(payload))["ResponseMetadata"]["RequestId"]
        logged = invocations(cloud.directory.function_logs)
        [run] = [each for each in logged if each.mentions("function_request_id", request_id)]
        runs.append(in_trace_of(run, logged))

    limit = Assumptions.read(ASSUMPTIONS).scheduled_run.value

    work = least_work(runs).values()
    assert sum(each.invocations for each in work) <= limit.invocations
    assert sum(each.log_bytes + each.metric_bytes for each in work) <= limit.log_bytes
    assert sum(metrics([runs]).values()) <= limit.metrics
