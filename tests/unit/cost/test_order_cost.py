"""The cost of a million orders, for round numbers."""

from decimal import Decimal

import pytest

from tests.unit.cost.round_numbers import TEMPLATE, counts, inputs, prices, work
from tools.cost_levers import savings, with_all, with_one_more_webhook
from tools.cost_lines import Line, total
from tools.cost_order import MillionOrders
from tools.cost_stack import CostedStack

STACK = CostedStack(TEMPLATE)


def by_name(lines: list[Line]) -> dict[tuple[str, str], Decimal]:
    return {(line.service, line.what): line.dollars for line in lines}


def test_a_price_is_for_a_number_of_units() -> None:
    assert prices()["sqs_request"].cost_of(Decimal(3_000_000)) == 3
    assert prices()["nat_hour"].cost_of(Decimal(3)) == 3


def test_a_missing_price_names_the_file() -> None:
    with pytest.raises(KeyError, match=r"docs/prices\.yaml has no price of mysql\.huge"):
        prices()["mysql.huge"]


def test_each_line_of_a_million_orders() -> None:
    """Five requests, six invocations, one message, 9.6 kB of log lines and metrics, an order."""
    assert by_name(MillionOrders(inputs(), STACK).lines()) == {
        ("API Gateway", "requests"): 5,
        ("Lambda", "invocations"): 6,
        ("Lambda", "time"): 6,
        ("Lambda", "time of cold starts"): Decimal("0.6"),
        ("SNS", "events"): 2,
        ("SQS", "messages sent, received, deleted"): 3,
        ("CloudWatch Logs", "log lines"): 6,
        ("CloudWatch Logs", "metrics"): 3,
        ("CloudWatch Logs", "Lambda's own lines"): Decimal("0.6"),
        ("CloudWatch Logs", "access log"): Decimal("0.5"),
        ("CloudWatch Logs", "storage"): 0,
        ("X-Ray", "traces"): 3,
        ("Network", "calls of AWS"): 3,
        ("Network", "calls of Stripe through NAT"): 2,
        ("Network", "answers to customers"): 5,
        ("Secrets Manager", "reads by cold functions"): Decimal("0.6"),
    }


def test_logs_are_stored_for_their_days() -> None:
    stored = by_name(MillionOrders(inputs(stored_share="0.5"), STACK).lines())

    share_of_a_month = Decimal(30) / (Decimal(730) / 24)
    assert stored["CloudWatch Logs", "storage"] == pytest.approx(
        Decimal("10.1") * Decimal("0.5") * share_of_a_month
    )


def test_the_reservoir_of_each_second_is_sampled() -> None:
    """Twice as many requests as seconds: half are first, and half of the others recorded."""
    rule = {"each_second": 1, "of_the_rest": "0.5"}
    busy = inputs(sampling=rule, orders_a_month=2 * 730 * 3600 // 5)
    quiet = inputs(sampling=rule, orders_a_month=1000)

    assert MillionOrders(busy, STACK).sampled_share == Decimal("0.75")
    assert MillionOrders(quiet, STACK).sampled_share == 1


def test_endpoints_replace_the_nat_gateway_for_aws() -> None:
    private = MillionOrders(inputs(), CostedStack(TEMPLATE, PrivateEndpoints="true"))

    paid = {line.what: line.price for line in private.lines() if line.service == "Network"}

    known = private.inputs.prices
    assert paid["calls of AWS"] is known["endpoint_gb"]
    assert paid["calls of Stripe through NAT"] is known["nat_gb"]


@pytest.mark.parametrize(("size", "mysql"), [("Small", 1), ("Production", 2)])
def test_the_stores_grow_with_orders(size: str, mysql: int) -> None:
    assert by_name(MillionOrders(inputs(), CostedStack(TEMPLATE, Size=size)).store_lines()) == {
        ("DocumentDB", "reads and writes"): 10,
        ("DocumentDB", "storage"): 1,
        ("MySQL", "storage"): mysql,
    }


@pytest.mark.parametrize(
    ("lever", "saving"),
    [
        ("TraceShare", "2.94"),  # 6 traces: half of them, or one in a hundred
        ("START, END and REPORT", "0.6"),  # 6 invocations of 100 bytes
        ("log line for a read", "4"),  # 4 reads of 1000 bytes
        ("publishing", "1"),  # one event of two
        # 2 reads: request, invocation, second and a cold tenth, 1.7 kB of logs, half a trace, an
        # answer, a tenth of a secret
        ("reads the order twice", 2 * Decimal("6.4")),
    ],
)
def test_a_saving_is_the_difference_of_two_bills(lever: str, saving: str | Decimal) -> None:
    [found] = [one for one in savings(inputs(), STACK) if lever in one.lever.what]

    assert found.dollars == Decimal(saving)


def test_savings_are_sorted_and_exclude_zero() -> None:
    found = savings(inputs(), STACK)

    dollars = [one.dollars for one in found]
    assert dollars == sorted(dollars, reverse=True)
    assert min(dollars) > 0
    assert not any("HTTP API" in one.lever.what for one in found)  # it costs the same here


def test_all_levers_together_save_less_than_their_sum() -> None:
    now = total(MillionOrders(inputs(), STACK).lines())
    left = total(with_all(inputs(), STACK))

    assert now - sum(one.dollars for one in savings(inputs(), STACK)) < left < now


def test_one_more_webhook_doubles_the_webhooks_work() -> None:
    webhook = counts().steps["order"] | {"stripe_webhook": counts().steps["order"]["place"]}
    given = inputs()
    with_webhook = given.counts.model_copy(update={"steps": {"order": webhook}})

    more = with_one_more_webhook(type(given)(given.prices, with_webhook, given.assumptions))

    assert more.counts.steps["order"]["stripe_webhook"].model_dump() == {
        name: 2 * count for name, count in work().items()
    }
