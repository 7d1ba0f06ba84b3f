"""Each wait ends before the wait of its caller: call, function, API Gateway, queue."""

from collections.abc import Iterator

import pytest

from devstack.template import Properties, functions, logical_id, resources
from gorder.bootstrap.retention import MOVEMENTS_BUDGET, ORDERS_BUDGET
from gorder.dead_letters.ports import HIDDEN
from gorder.dead_letters.processing import SLICE
from gorder.runtime.custom_resource import RESPONSE_SECONDS
from gorder.runtime.deadline import ANSWER_SECONDS
from gorder.runtime.limits import (
    DEAD_LETTERS,
    LOGS,
    MONGO,
    MYSQL,
    MYSQL_AUDIT,
    MYSQL_MIGRATION,
    REDIS,
    S3,
    SECRETS,
    SNS,
    SQS,
    STOCK_FUNCTION,
    STRIPE,
    Timeouts,
)
from gorder.stock.queries.audit_stock import READING_SECONDS

API_GATEWAY_SECONDS = 29
COLD_START_SECONDS = 1  # of the stock function: Lambda does not count it in its timeout
CLIENTS = {
    "secrets": SECRETS,
    "mysql": MYSQL,
    "redis": REDIS,
    "s3": S3,
    "mongo": MONGO,
    "sns": SNS,
    "sqs": SQS,
    "stock": STOCK_FUNCTION,
    "stripe": STRIPE,
    "letters": DEAD_LETTERS,
    "logs": LOGS,
}
LONG_STATEMENTS = {"audit": MYSQL_AUDIT, "retention": MYSQL_AUDIT, "migrate": MYSQL_MIGRATION}
# A function with the variable has the client.
VARIABLES = {
    "GORDER_MYSQL_SECRET": "mysql",
    "GORDER_REDIS_SECRET": "redis",
    "GORDER_MONGO_SECRET": "mongo",
    "GORDER_ORDER_TOPIC_ARN": "sns",
    "GORDER_STRIPE_TOPIC_ARN": "sns",
    "GORDER_COOKING_SECONDS": "sqs",
    "GORDER_STOCK_FUNCTION": "stock",
    "GORDER_KITCHEN_DEAD_LETTER_QUEUE_URL": "letters",
    "GORDER_LOG_GROUP": "logs",
    "GORDER_PAGES_BUCKET": "s3",
    "STRIPE_API_BASE": "stripe",
}
FUNCTIONS = functions()

# What one of several messages or orders takes.
# Find the page, read it and its dispute, get, confirm, get, replace, settle, publish, mark
# delivered.
PAID = "stripe stripe stripe mongo stock mongo mongo stock sns mongo"
# The same for a payment that is recorded already, on a page that is known.
REFUNDED = "stripe stripe mongo mongo mongo stock sns mongo"
COOKED = "mongo mongo sns mongo"  # get, replace, publish, mark delivered
DELIVER = "mongo stock sns mongo"  # get, settle, publish, mark delivered
RESUME = "mongo mongo stock sns mongo"  # get, replace, settle, publish, mark delivered
EXPIRE = "mongo stripe stripe sns mongo mongo stock sns mongo"  # both ways a page can end
SETTLE = "mongo stock"  # get; release, confirm or reserve
# The calls of an invocation in a new execution environment, in their sequence.
AUDIT_STATEMENTS = 7 + 4 + 2 + 3 + 2 + 4  # of the stock
SEQUENCES = {
    "create_order": "secrets stock secrets mongo sns",
    "get_order": "secrets secrets mongo",
    # Get, close the page, get, replace: the order is cancelled. If time is short then, the sweep
    # releases the stock and publishes the event.
    "cancel_order": "secrets secrets secrets mongo stripe mongo mongo",
    "get_menu": "stock",
    "order_paid": f"secrets secrets {PAID}",
    # Get, reconcile, get, refund, reconcile. The deadline bounds an order's second payment.
    "refund": f"secrets secrets mongo {REFUNDED} mongo stripe {REFUNDED}",
    # The claim and the hold. If other requests change the product, the deadline bounds the rest.
    "stock_check": "secrets mysql mysql",
    # Lock the catalogue, read the product, select it and the pauses, insert twice, commit.
    "catalogue_sync": "secrets secrets mysql stripe mysql mysql mysql mysql mysql",
    # The first attempt was spent: get, create, get, replace, create. The order was closed
    # meanwhile: get, replace, expire, retrieve. One that Stripe refused is closed in less; if time
    # is short then, the returned message or the sweep releases the stock and publishes the event.
    "payment_link": "secrets secrets mongo stripe mongo mongo stripe mongo mongo stripe stripe",
    "stripe_webhook": "secrets sns",
    # Five dishes are done. A paid order takes less: get, replace, and the timer's call.
    "kitchen": f"secrets {COOKED} {COOKED} {COOKED} {COOKED} {COOKED}",
    # The age of the oldest event; the lists, and the order at which each task is when its time is
    # over; the share that is held.
    "sweep": (
        f"secrets secrets mongo mongo {DELIVER} mongo {RESUME} mongo {EXPIRE} stock {SETTLE} stock"
    ),
    # The stock: the page at which its time to read is over, with the checkpoint, and COMMIT; a page
    # of recent movements; the holds; the suspects; those that are none; the units. The secrets; two
    # DELETE, and COMMIT. The orders: the secrets, the page at which it is when its time is over,
    # the checkpoint.
    "audit": (
        f"secrets {'mysql ' * AUDIT_STATEMENTS} {'secrets ' * 6} mysql mysql mysql "
        "secrets secrets mongo mongo mongo stripe stripe mysql mysql mysql mysql mongo"
    ),
    # A shop that resumes with a catalogue of one page (the deadline bounds the pages): lock, select
    # twice, end the pause, read, select twice, insert twice, select, commit. And a paid order that
    # is closed: get, reconcile, get, note, refund, reconcile, get. An invocation does one of them.
    "back_office": (
        f"secrets secrets {'mysql ' * 4}stripe {'mysql ' * 6}"
        f"secrets mongo {REFUNDED} mongo mongo mongo stripe {REFUNDED} mongo"
    ),
    # The orders: the progress, those that were left, a page, the order at which it is when its time
    # is over (get, its repairs, replace), the progress. The movements: a batch and COMMIT.
    "retention": f"secrets {'mongo ' * 7}secrets {'mysql ' * 11}",
    # A statement that takes minutes, and its record. The deadline bounds the other statements.
    "migrate": "secrets mysql mysql secrets mongo",
    # A file, the list, and an earlier file. The deadline bounds the others; a deployment repeats.
    "publish_pages": "s3 s3 s3 s3",
}
# Left to the sweep when time is short, or made for messages that take less, or for a product that
# other requests change.
OTHER_CALLS = {
    "back_office": {"letters", "logs"},  # in an invocation of their own, see below
    "cancel_order": {"stock", "sns"},
    "kitchen": {"sqs"},
    "payment_link": {"stock", "sns"},
    "stock_check": {"redis"},
}
# Beside the calls.
WORK_SECONDS = {
    "sweep": 4 * 40,  # process_independently: 40 seconds for each task
    "audit": READING_SECONDS + 150,  # the budgets of the stock and of the orders
    "retention": (ORDERS_BUDGET + MOVEMENTS_BUDGET).total_seconds(),
    "migrate": RESPONSE_SECONDS,  # to CloudFormation
    "publish_pages": RESPONSE_SECONDS,
}


def timeouts(name: str, call: str) -> Timeouts:
    return LONG_STATEMENTS.get(name, MYSQL) if call == "mysql" else CLIENTS[call]


def slowest_calls(name: str) -> Iterator[tuple[float, float, float]]:
    """Yield when each call is sent, the seconds that its client requires then, and when it ends.

    Each call is answered at its first attempt, as late as its client allows.
    """
    ended, connected = float(WORK_SECONDS.get(name, 0)), set[str]()
    for call in SEQUENCES[name].split():
        client = timeouts(name, call)
        is_open = call in connected
        sent = ended + (0 if is_open else client.search_seconds)
        ended = sent + client.answer_seconds + (0 if is_open else client.connect_seconds)
        connected.add(call)
        if call == "mysql" and is_open:
            yield sent, client.answer_seconds, ended
        else:
            yield sent, client.attempt_seconds, ended


def variables(function: Properties) -> set[str]:
    return set(function["Environment"]["Variables"])


def events(function: Properties, type_: str) -> list[Properties]:
    """What triggers a function."""
    found = function.get("Events", {}).values()
    return [event["Properties"] for event in found if event["Type"] == type_]


def worst_seconds(client: Timeouts) -> float:
    """Return the longest time of a call that gets no answer."""
    attempts = client.attempts * (client.search_seconds + client.attempt_seconds)
    return attempts + (client.attempts - 1) * client.backoff_seconds


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_sequence_uses_the_clients_that_its_function_has(name: str) -> None:
    given = variables(FUNCTIONS[name])
    clients = {client for variable, client in VARIABLES.items() if variable in given}
    if any(variable.endswith("_SECRET") for variable in given):
        clients.add("secrets")

    assert {*SEQUENCES[name].split()} | OTHER_CALLS.get(name, set()) == clients


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_slowest_successful_sequence_fits_into_its_function(name: str) -> None:
    *_, (_, _, ended) = slowest_calls(name)

    assert ended <= FUNCTIONS[name]["Timeout"] - ANSWER_SECONDS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_deadline_admits_every_call_of_the_slowest_successful_sequence(name: str) -> None:
    deadline = FUNCTIONS[name]["Timeout"] - ANSWER_SECONDS

    assert all(sent + required <= deadline for sent, required, _ in slowest_calls(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_call_without_an_answer_ends_before_its_function(name: str) -> None:
    worst = max(worst_seconds(timeouts(name, call)) for call in SEQUENCES[name].split())

    assert worst <= FUNCTIONS[name]["Timeout"] - ANSWER_SECONDS


@pytest.mark.parametrize(
    ("name", "secrets", "message"), [("order_paid", 2, PAID), ("kitchen", 1, COOKED)]
)
def test_a_sequence_has_every_message_of_a_batch(name: str, secrets: int, message: str) -> None:
    [event] = events(FUNCTIONS[name], "SQS")

    sequence = ["secrets"] * secrets + [message] * event["BatchSize"]
    assert SEQUENCES[name] == " ".join(sequence)


def test_the_search_for_missed_webhooks_ends_before_the_sweep_does() -> None:
    """It is an invocation of its own: two lists of a minute, and the calls when each is over."""
    calls = ["secrets", "secrets", "stripe", "sns", "stripe", "mongo", "sns"]
    clients = [CLIENTS[call] for call in calls]
    ended = 2 * 60 + sum(client.search_seconds + client.attempt_seconds for client in clients)

    assert ended <= FUNCTIONS["sweep"]["Timeout"] - ANSWER_SECONDS


def attempts(calls: str) -> float:
    clients = [CLIENTS[call] for call in calls.split()]
    return sum(client.search_seconds + client.attempt_seconds for client in clients)


def test_a_slice_of_dead_letters_ends_before_the_back_office_does() -> None:
    """The state of each queue; a slice; the last letter is logged, noted, sent and deleted."""
    calls = "secrets secrets secrets letters letters letters letters letters"
    last = "letters mongo mongo letters letters letters letters"

    ended = attempts(calls) + SLICE.total_seconds() + attempts(last)

    assert ended <= FUNCTIONS["back_office"]["Timeout"] - ANSWER_SECONDS


def test_a_list_of_dead_letters_ends_before_the_back_office_does() -> None:
    """The last look at a queue; the search of the log, and the orders, when each is over."""
    calls = "secrets secrets secrets letters letters logs mongo"

    ended = attempts(calls) + 100 + HIDDEN.total_seconds() - 20 + 20 + 30

    assert ended <= FUNCTIONS["back_office"]["Timeout"] - ANSWER_SECONDS


def test_an_audit_for_staff_ends_before_the_back_office_does() -> None:
    """It is an invocation of its own: the stock, two minutes of orders, and the calls of a page."""
    stock = READING_SECONDS + AUDIT_STATEMENTS * MYSQL_AUDIT.attempt_seconds
    orders = 2 * 60 + attempts("secrets secrets secrets mongo mongo stripe stripe mysql mongo")

    assert stock + orders <= FUNCTIONS["back_office"]["Timeout"] - ANSWER_SECONDS


def test_the_stock_function_ends_before_its_callers_time_out() -> None:
    longest = FUNCTIONS["stock_check"]["Timeout"] + COLD_START_SECONDS

    assert longest < STOCK_FUNCTION.answer_seconds


def test_the_proxy_of_mysql_answers_before_its_clients_time_out() -> None:
    [targets] = resources("AWS::RDS::DBProxyTargetGroup").values()

    wait = targets["ConnectionPoolConfigurationInfo"]["ConnectionBorrowTimeout"]
    assert wait < MYSQL.answer_seconds


def test_mysql_refuses_a_lock_before_its_clients_time_out() -> None:
    [group] = resources("AWS::RDS::DBParameterGroup").values()

    assert 0 < int(group["Parameters"]["innodb_lock_wait_timeout"]) < MYSQL.answer_seconds


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if events(f, "Api")])
def test_a_function_of_the_api_ends_before_api_gateway_gives_up(name: str) -> None:
    assert FUNCTIONS[name]["Timeout"] <= API_GATEWAY_SECONDS


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if events(f, "SQS")])
def test_a_message_stays_hidden_for_six_times_its_function(name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
    queues = resources("AWS::SQS::Queue")
    for event in events(FUNCTIONS[name], "SQS"):
        queue = queues[logical_id(event["Queue"])]
        assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS[name]["Timeout"]
