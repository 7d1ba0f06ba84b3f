"""No client sends a call that may end after the function's deadline."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING
from urllib.request import OpenerDirector

import pymysql
import pytest
import stripe
from pymongo.errors import NetworkTimeout

from gorder.clients.aws import lambda_client, sns_client, sqs_client
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import _ConnectionWithDeadline, connect_mysql
from gorder.clients.stripe import stripe_client
from gorder.runtime import custom_resource
from gorder.runtime.aws import OutOfTimeError
from gorder.runtime.deadline import ANSWER_SECONDS, deadline, too_late
from gorder.runtime.entry import lambda_function
from gorder.runtime.limits import MONGO, MYSQL, SECRETS, SNS, SQS, STOCK_FUNCTION, STRIPE
from gorder.runtime.observability import telemetry
from gorder.runtime.secrets import _client as secrets_client
from gorder.runtime.sqs import _sqs as sqs_client_of_region
from tests.fakes.lambda_context import FakeContext

if TYPE_CHECKING:
    from urllib.request import Request

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def aws_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{NOWHERE}")


# AWS clients are created without their cache, which may hold the client of another test.


def call_stock() -> None:
    lambda_client.__wrapped__().invoke(FunctionName="stock")


def publish() -> None:
    sns_client.__wrapped__().publish(TopicArn="arn:aws:sns:eu-central-1:1:topic", Message="{}")


def send_message() -> None:
    sqs_client.__wrapped__().send_message(QueueUrl=f"http://{NOWHERE}/q", MessageBody="{}")


def return_message() -> None:
    sqs_client_of_region.__wrapped__("eu-central-1").get_queue_url(QueueName="q")


def read_secret() -> None:
    secrets_client.__wrapped__().get_secret_value(SecretId="secret")


def read_products() -> None:
    stripe_client("sk_test_x", f"http://{NOWHERE}").v1.products.list()


def connect(seconds: float = MYSQL.answer_seconds) -> None:
    connect_mysql(f"mysql://user:password@{NOWHERE}/gorder?tls=off", read_timeout_seconds=seconds)


def query(seconds: float) -> None:
    _ConnectionWithDeadline(defer_connect=True, read_timeout=seconds).query("SELECT 1")


def commit(seconds: float) -> None:
    _ConnectionWithDeadline(defer_connect=True, read_timeout=seconds).commit()


def roll_back(seconds: float) -> None:
    _ConnectionWithDeadline(defer_connect=True, read_timeout=seconds).rollback()


def select_server() -> None:
    """Call what PyMongo calls once it knows a server."""
    with mongo_client(f"mongodb://{NOWHERE}/gorder?tls=false") as client:
        select = client.options.server_selector
        assert select is not None
        select([])


CALLS: list[tuple[Callable[[], None], float, type[Exception]]] = [
    (call_stock, STOCK_FUNCTION.attempt_seconds, OutOfTimeError),
    (publish, SNS.attempt_seconds, OutOfTimeError),
    (send_message, SQS.attempt_seconds, OutOfTimeError),
    (return_message, SQS.attempt_seconds, OutOfTimeError),
    (read_secret, SECRETS.attempt_seconds, OutOfTimeError),
    (read_products, STRIPE.attempt_seconds, stripe.APIConnectionError),
    (select_server, MONGO.attempt_seconds, NetworkTimeout),
    (connect, MYSQL.attempt_seconds, pymysql.OperationalError),
    (partial(connect, 60), MYSQL.connect_seconds + 60, pymysql.OperationalError),
    *[
        (partial(statement, seconds), seconds, pymysql.OperationalError)
        for statement in (query, commit, roll_back)
        for seconds in (MYSQL.answer_seconds, 60)
    ],
]


@pytest.mark.parametrize(("call", "seconds", "error"), CALLS)
def test_a_call_that_may_end_too_late_is_not_sent(
    call: Callable[[], None], seconds: float, error: type[Exception]
) -> None:
    with deadline(ANSWER_SECONDS + seconds - 0.1), pytest.raises(error, match="not sent"):
        call()


def test_a_call_that_ends_in_time_is_sent() -> None:
    with deadline(ANSWER_SECONDS + 2):
        assert too_late(1.9) is None
        assert too_late(2.1) is not None


def test_without_an_invocation_every_call_is_sent() -> None:
    with deadline(0):
        assert too_late(1) is not None

    assert too_late(1e9) is None


def test_the_end_of_a_nested_deadline_restores_the_outer_one() -> None:
    with deadline(ANSWER_SECONDS + 5):
        with deadline(0):
            assert too_late(1) is not None
        assert too_late(4) is None
        assert too_late(6) is not None


def test_a_call_that_is_not_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with deadline(0):
        reason = too_late(1)

    [record] = caplog.records
    assert record.message == "call.not_sent"
    assert record.__dict__["reason"] == reason


def test_the_work_of_a_custom_resource_leaves_time_for_its_response(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[Request] = []
    given = FakeContext.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS
    for_work = given - custom_resource.RESPONSE_SECONDS
    found: list[str | None] = []

    def work() -> dict[str, object]:
        found.extend([too_late(for_work - 0.5), too_late(for_work)])
        telemetry.count("Called")
        return {}

    def send(_opener: object, request: "Request", timeout: float) -> AbstractContextManager[None]:
        found.append(too_late(timeout))
        sent.append(request)
        return nullcontext()

    monkeypatch.setattr(OpenerDirector, "open", send)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{NOWHERE}")
    event = {
        "RequestType": "Create",
        "ResponseURL": f"http://{NOWHERE}/response",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Migration",
    }
    custom_resource.custom_resource_function(work)(event, FakeContext())

    assert found[0] is None
    assert found[1] is not None
    assert found[2] is None
    assert len(sent) == 1


def test_an_invocation_has_the_time_that_lambda_gives_it() -> None:
    given = FakeContext.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS
    found: list[str | None] = []

    def handle(_event: object, _context: object) -> dict[str, object]:
        found.extend([too_late(given - 0.5), too_late(given)])
        telemetry.count("Called")
        return {}

    lambda_function(handle)({}, FakeContext())

    assert found[0] is None
    assert found[1] is not None
