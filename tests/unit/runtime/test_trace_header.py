"""AWS requests about an order are in the trace of the order, not of the invocation."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gorder.runtime.aws import propagate_order_trace
from gorder.runtime.observability import log_context

ORDER = "1-6926f5c0-0123456789abcdef01234567"
WEBHOOK = "1-6926f5ff-abcdef0123456789abcdef01"
PARENT = "53995c3f42cd8ad8"


class TracedTopic:
    """A topic that keeps the trace headers of its messages."""

    def __init__(self) -> None:
        self._headers: list[bytes | str] = []
        self._client = boto3.client("sns")
        propagate_order_trace(self._client)
        self._arn = self._client.create_topic(Name="topic")["TopicArn"]
        self._client.meta.events.register_first("before-send", self._sent)

    def publish(self) -> str:
        """Publish a message and return its trace header."""
        self._client.publish(TopicArn=self._arn, Message="m")
        sent = self._headers.pop()
        return sent.decode() if isinstance(sent, bytes) else sent

    def _sent(self, request: Any, **_event: object) -> None:
        self._headers.append(request.headers["X-Amzn-Trace-Id"])


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[TracedTopic]:
    """Create a topic as in Lambda, in an invocation that Stripe's call began."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "stripe_webhook")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={WEBHOOK};Parent={PARENT};Sampled=1")
    with mock_aws():
        yield TracedTopic()


def test_a_message_about_an_order_is_in_the_orders_trace(topic: TracedTopic) -> None:
    with log_context(ORDER):
        assert topic.publish() == f"Root={ORDER};Sampled=1"


def test_an_unsampled_trace_stays_unsampled(
    topic: TracedTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={WEBHOOK};Parent={PARENT};Sampled=0")

    with log_context(ORDER):
        assert topic.publish() == f"Root={ORDER};Sampled=0"


def test_the_invocation_is_the_parent_in_its_own_trace(topic: TracedTopic) -> None:
    with log_context(WEBHOOK):
        assert topic.publish() == f"Root={WEBHOOK};Parent={PARENT};Sampled=1"


@pytest.mark.parametrize("strange", ["", "trace-1", f"{ORDER}\r\nX-Evil: 1", ORDER.upper()])
def test_an_invalid_trace_id_is_not_sent(topic: TracedTopic, strange: str) -> None:
    with log_context(strange):
        assert topic.publish() == f"Root={WEBHOOK};Parent={PARENT};Sampled=1"
