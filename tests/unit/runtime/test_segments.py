"""The X-Ray segment of a command is annotated with its order and trace."""

from collections.abc import Iterator
from typing import Any

import pytest
from aws_xray_sdk import global_sdk_config
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter

from gorder.runtime.decorators import observed
from gorder.runtime.observability import log_context, logger, telemetry

ROOT = "1-6926f5c0-0123456789abcdef01234567"


class Daemon(UDPEmitter):
    """An X-Ray emitter that keeps the segments."""

    def __init__(self) -> None:
        """Do not call UDPEmitter's, which opens a socket."""
        self.sent: list[Any] = []

    def send_entity(self, entity: Any) -> None:
        self.sent.append(entity)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """Enable the SDK, which is off outside Lambda, and collect its segments."""
    daemon = Daemon()
    before = xray_recorder.emitter
    global_sdk_config.set_sdk_enabled(True)
    xray_recorder.configure(emitter=daemon, sampling=False)
    yield daemon
    xray_recorder.configure(emitter=before)
    global_sdk_config.set_sdk_enabled(False)
    logger.remove_keys(["order_id", "trace_id"])


def subsegment(daemon: Daemon) -> Any:
    [segment] = daemon.sent
    [found] = segment.subsegments
    return found


def test_a_segment_has_the_ids_that_the_command_bound(daemon: Daemon) -> None:
    def place(_message: object) -> None:
        telemetry.bind("order-1")

    with xray_recorder.in_segment("function", traceid=ROOT), log_context("the-orders-trace"):
        observed("CreateOrder", place)(None)

    found = subsegment(daemon)
    assert found.name == "## CreateOrder"
    assert found.annotations == {"order_id": "order-1", "trace_id": "the-orders-trace"}


def test_the_segment_of_a_failed_command_has_the_ids(daemon: Daemon) -> None:
    def fail(_message: object) -> None:
        raise ZeroDivisionError

    with (
        xray_recorder.in_segment("function", traceid=ROOT),
        log_context("trace-1", "order-1"),
        pytest.raises(ZeroDivisionError),
    ):
        observed("MarkPaid", fail)(None)

    found = subsegment(daemon)
    assert found.fault
    assert found.annotations == {"order_id": "order-1", "trace_id": "trace-1"}
