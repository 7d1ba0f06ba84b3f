"""Every wait ends before that of whoever waits for it: client, function, queue."""

from collections.abc import Iterator

import pytest

from devstack.template import Properties, functions, logical_id, resources
from gorder.runtime.limits import (
    MONGO,
    MYSQL,
    REDIS,
    SECRETS,
    SNS,
    SQS,
    STOCK_FUNCTION,
    STRIPE,
    Timeouts,
)

LONGEST_API_SECONDS = 29  # API Gateway's
# What a function is told about, and so uses.
CLIENTS = {
    "GORDER_MYSQL_SECRET": MYSQL,
    "GORDER_REDIS_SECRET": REDIS,
    "GORDER_MONGO_SECRET": MONGO,
    "GORDER_TOPIC_ARN": SNS,
    "GORDER_STOCK_FUNCTION": STOCK_FUNCTION,
    "GORDER_KITCHEN_QUEUE_URL": SQS,
    "STRIPE_API_BASE": STRIPE,
}
FUNCTIONS = functions()


def clients(function: Properties) -> Iterator[tuple[str, Timeouts]]:
    """The clients of a function, by what tells of them."""
    variables = function["Environment"]["Variables"]
    yield from ((name, CLIENTS[name]) for name in variables if name in CLIENTS)
    yield from (("a secret", SECRETS) for name in variables if name.endswith("_SECRET"))
    yield from (("its queue", SQS) for _ in events(function, "SQS"))


def events(function: Properties, type_: str) -> list[Properties]:
    """What triggers a function."""
    found = function.get("Events", {}).values()
    return [event["Properties"] for event in found if event["Type"] == type_]


def test_the_clients_are_found() -> None:
    told = {name for name, _ in clients(FUNCTIONS["create_order"])}

    assert told == {
        "GORDER_MONGO_SECRET",
        "GORDER_TOPIC_ARN",
        "GORDER_STOCK_FUNCTION",
        "a secret",
    }
    assert {name for f in FUNCTIONS.values() for name, _ in clients(f)} > CLIENTS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_call_outlasts_its_function(name: str) -> None:
    timeout = FUNCTIONS[name]["Timeout"]

    too_patient = [told for told, p in clients(FUNCTIONS[name]) if p.worst_seconds >= timeout]

    assert not too_patient


def test_the_stock_function_ends_before_its_callers_give_up() -> None:
    assert FUNCTIONS["stock_check"]["Timeout"] < STOCK_FUNCTION.answer_seconds


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if events(f, "Api")])
def test_a_function_of_the_api_ends_before_api_gateway_gives_up(name: str) -> None:
    assert FUNCTIONS[name]["Timeout"] <= LONGEST_API_SECONDS


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if events(f, "SQS")])
def test_a_message_stays_hidden_for_six_times_its_function(name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    queues = resources("AWS::SQS::Queue")
    for event in events(FUNCTIONS[name], "SQS"):
        queue = queues[logical_id(event["Queue"])]
        assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS[name]["Timeout"]
