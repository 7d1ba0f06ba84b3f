"""The kitchen's timer as a delayed message."""

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from gorder.contracts.events import CookingTimeElapsed, parse_event
from gorder.kitchen.adapters.sqs_timer import SqsTimer
from gorder.kitchen.model import CookingTime
from gorder.kitchen.ports import TimerUnavailableError
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import ORDER_ID, TRACE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def sqs() -> "Iterator[SQSClient]":
    """SQS with the kitchen's queue."""
    with mock_aws():
        client = boto3.client("sqs")
        client.create_queue(QueueName="kitchen")
        yield client


def timer(sqs: "SQSClient") -> tuple[SqsTimer, str]:
    """Return the timer and the URL of its queue."""
    url = sqs.get_queue_url(QueueName="kitchen")["QueueUrl"]
    return SqsTimer(sqs, url, StandingClock()), url


def test_the_message_is_an_event_of_the_contract(sqs: "SQSClient") -> None:
    kitchen_timer, url = timer(sqs)

    kitchen_timer.set(ORDER_ID, TRACE_ID, CookingTime(0))

    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    event = parse_event(message["Body"])
    assert isinstance(event, CookingTimeElapsed)
    assert (event.data.order_id, event.trace_id, event.occurred_at) == (ORDER_ID, TRACE_ID, NOON)


@pytest.mark.parametrize("seconds", [1, 900])
def test_the_message_is_delayed(sqs: "SQSClient", seconds: int) -> None:
    kitchen_timer, url = timer(sqs)

    kitchen_timer.set(ORDER_ID, TRACE_ID, CookingTime(seconds))

    counts = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert counts["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_missing_queue_is_a_transient_error(sqs: "SQSClient") -> None:
    kitchen_timer, url = timer(sqs)
    sqs.delete_queue(QueueUrl=url)

    with pytest.raises(TimerUnavailableError):
        kitchen_timer.set(ORDER_ID, TRACE_ID, CookingTime(5))
