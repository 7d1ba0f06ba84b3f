"""No client sends a call that may end after the function's deadline."""

from collections.abc import Callable

import boto3
import pymysql
import pytest
import stripe

from gorder.clients.mysql import connect_mysql
from gorder.clients.stripe import stripe_client
from gorder.runtime.aws import OutOfTimeError, client_config, respect_deadline
from gorder.runtime.deadline import ANSWER_SECONDS, deadline, too_late
from gorder.runtime.entry import lambda_function
from gorder.runtime.limits import MYSQL, SNS, STRIPE
from gorder.runtime.observability import telemetry
from tests.fakes.lambda_context import FakeContext

NOWHERE = "127.0.0.1:1"


def publish() -> None:
    client = boto3.client(
        "sns",
        endpoint_url=f"http://{NOWHERE}",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=client_config(SNS),
    )
    respect_deadline(client, SNS)
    client.publish(TopicArn="arn:aws:sns:eu-central-1:123456789012:topic", Message="{}")


def read_products() -> None:
    stripe_client("sk_test_x", f"http://{NOWHERE}").v1.products.list()


def connect() -> None:
    connect_mysql(f"mysql://user:password@{NOWHERE}/gorder?tls=off")


CALLS: list[tuple[Callable[[], None], float, type[Exception]]] = [
    (publish, SNS.attempt_seconds, OutOfTimeError),
    (read_products, STRIPE.attempt_seconds, stripe.APIConnectionError),
    (connect, MYSQL.attempt_seconds, pymysql.OperationalError),
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
