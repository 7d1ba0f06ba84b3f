"""One order's requests and log bytes, counted: docs/cost.md is computed from them.

Retries and batches add to an order; so what it takes is the least that one of a few orders took.
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
from tests.e2e.conftest import Placed, Shop, wait_until
from tests.e2e.function_logs import Invocation, invocations
from tools.cost_inputs import ASSUMPTIONS, COUNTS, Assumptions, Counts, Work

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

ORDERS = 2
BYTES_TOLERANCE = 0.03  # a duration has more digits or fewer, and names differ a little on AWS
LOOKS = ("get_menu", "get_order")
LAST_LINES = {  # of each invocation that no other one waits for
    "create_order.succeeded",
    "create_payment_link.succeeded",
    "receive_webhook.succeeded",
    "mark_paid.succeeded",
    "start_cooking.succeeded",
    "finish_cooking.succeeded",
}
SCHEDULED = sorted(
    name
    for name, function in functions().items()
    if any(event["Type"] == "Schedule" for event in function.get("Events", {}).values())
)


class Till:
    """A queue that gets every event, as one more subscriber of the topic would."""

    def __init__(self, shop: Shop) -> None:
        self._sqs, self._sns = shop.aws("sqs"), shop.aws("sns")
        self._topic = shop.output("TopicArn")
        name = f"till-{secrets.token_hex(4)}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self._subscription = self._sns.subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )["SubscriptionArn"]

    def close(self) -> None:
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._sqs.delete_queue(QueueUrl=self._url)

    def events(self) -> list[dict[str, Any]]:
        """Everything published until now."""
        last = f"until-{secrets.token_hex(4)}"
        self._sns.publish(TopicArn=self._topic, Message=json.dumps({"event_type": last}))
        found: list[dict[str, Any]] = []

        def all_there() -> bool:
            answer = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            return any(event["event_type"] == last for event in found)

        wait_until(all_there, lambda: "the topic does not deliver")
        return [event for event in found if event["event_type"] != last]


@pytest.fixture(scope="module")
def till(shop: Shop) -> Iterator[Till]:
    till = Till(shop)
    yield till
    till.close()


@pytest.fixture(scope="module")
def counted(shop: Shop, cloud: Stack, till: Till) -> Counts:
    """What one order takes, from the menu to cooked."""
    logs = cloud.directory.function_logs
    product = shop.stock_a_product(units=ORDERS)
    orders = []
    for _ in range(ORDERS):
        assert shop.http.get(f"{shop.api}/api/menu").status_code == 200
        orders.append(from_post_to_cooked(shop, product, logs))
    events = till.events()
    done = invocations(logs)
    ways = [
        [one for one in done if one.service not in LOOKS and one.tells_of("order_id", order_id)]
        for order_id in orders
    ]
    steps = {
        "order": ways,
        "get_menu": [traced(one, done) for one in done if one.service == "get_menu"][-ORDERS:],
        "get_order": [[one] for one in done if one.service == "get_order" and told(one, orders)],
    }
    return Counts(
        steps={name: least(runs) for name, runs in steps.items()},
        events=fewest(Counter(event["event_type"] for event in of(events, o)) for o in orders),
        metrics=metrics(steps.values()),
    )


def from_post_to_cooked(shop: Shop, product: str, logs: Path) -> str:
    """An order's whole way, until the last log line of it is written; its id."""
    placed: Placed = shop.place((product, 1))
    shop.pay(shop.wait(placed, "waiting_for_payment")["payment_link"])
    shop.wait(placed, "cooked")

    def missing() -> set[str]:
        told = [one for one in invocations(logs) if one.tells_of("order_id", placed.order_id)]
        return LAST_LINES - {line["message"] for one in told for line in one.lines}

    wait_until(lambda: not missing(), lambda: f"no log line says {missing()}")
    return placed.order_id


def told(one: Invocation, orders: list[str]) -> bool:
    return any(one.tells_of("order_id", order_id) for order_id in orders)


def of(events: list[dict[str, Any]], order_id: str) -> list[dict[str, Any]]:
    """An order's own events."""
    return [event for event in events if event["data"]["order_id"] == order_id]


def traced(one: Invocation, done: list[Invocation]) -> list[Invocation]:
    """An invocation and those it made."""
    trace_id = str(one.lines[0]["trace_id"])
    return [other for other in done if other.tells_of("trace_id", trace_id)]


def by_service(run: Iterable[Invocation]) -> dict[str, list[Invocation]]:
    found: dict[str, list[Invocation]] = {}
    for one in run:
        found.setdefault(one.service, []).append(one)
    return found


def least(runs: list[list[Invocation]]) -> dict[str, Work]:
    """What each function did in the run in which it did least."""
    split = [by_service(run) for run in runs]

    def fewest_of(service: str, count: Callable[[Invocation], int]) -> int:
        return min(sum(count(one) for one in run.get(service, [])) for run in split)

    return {
        service: Work(
            invocations=fewest_of(service, lambda _: 1),
            log_lines=fewest_of(service, lambda one: len(one.lines)),
            log_bytes=fewest_of(service, lambda one: one.log_bytes),
            metric_bytes=fewest_of(service, lambda one: one.metric_bytes),
        )
        for service in sorted(set().union(*split))
    }


def fewest(counts: Iterable[Counter[str]]) -> dict[str, int]:
    """Of each type, the fewest that one order had."""
    all_of_them = list(counts)
    types = sorted(set().union(*all_of_them))
    return {type_: min(one[type_] for one in all_of_them) for type_ in types}


def metrics(steps: Iterable[list[list[Invocation]]]) -> dict[str, int]:
    """How many metrics each function has: those that every run of a step has, of all steps."""
    names: dict[str, set[str]] = {}
    for runs in steps:
        split = [by_service(run) for run in runs]
        for service in set().union(*split):
            sent = [set().union(*(one.metrics for one in run.get(service, []))) for run in split]
            names.setdefault(service, set()).update(set.intersection(*sent))
    return {service: len(names[service]) for service in sorted(names)}


def exact(counts: Counts) -> dict[str, Any]:
    """What may not differ at all."""
    steps = counts.model_dump(
        include={"steps"},
        exclude={"steps": {"__all__": {"__all__": {"log_bytes", "metric_bytes"}}}},
    )
    return steps | {"events": counts.events, "metrics": counts.metrics}


def as_recorded(counts: Counts) -> str:
    body = yaml.safe_dump(counts.model_dump(), sort_keys=False, default_flow_style=None, width=100)
    return f"If that is meant, let {COUNTS.name} say so, and run `make cost`:\n\n{body}"


@pytest.fixture(scope="module")
def recorded() -> Counts:
    return Counts.read(COUNTS)


def test_an_order_takes_the_requests_its_cost_is_computed_from(
    counted: Counts, recorded: Counts
) -> None:
    assert exact(counted) == exact(recorded), as_recorded(counted)


def test_an_order_is_logged_in_the_bytes_its_cost_is_computed_from(
    counted: Counts, recorded: Counts
) -> None:
    for step, done in recorded.steps.items():
        for name, work in done.items():
            now = counted.steps[step][name]
            for was, is_ in (
                (work.log_bytes, now.log_bytes),
                (work.metric_bytes, now.metric_bytes),
            ):
                assert is_ == pytest.approx(was, rel=BYTES_TOLERANCE), as_recorded(counted)


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_scheduled_run_takes_no_more_than_is_assumed(shop: Shop, cloud: Stack, name: str) -> None:
    client = shop.aws("lambda")
    [deployed] = [
        function["FunctionName"]
        for function in client.list_functions(MaxItems=100)["Functions"]
        if function["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME") == name
    ]
    runs = []
    for _ in range(ORDERS):
        answer = client.invoke(FunctionName=deployed, Payload=b"{}")
        done = invocations(cloud.directory.function_logs)
        request_id = answer["ResponseMetadata"]["RequestId"]
        [run] = [one for one in done if one.tells_of("function_request_id", request_id)]
        runs.append(traced(run, done))

    most = Assumptions.read(ASSUMPTIONS).scheduled_run.value

    works = least(runs).values()
    assert sum(work.invocations for work in works) <= most.invocations
    assert sum(work.log_bytes + work.metric_bytes for work in works) <= most.log_bytes
    assert sum(metrics([runs]).values()) <= most.metrics
