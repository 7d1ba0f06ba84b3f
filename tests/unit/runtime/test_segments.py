"""A command's X-Ray segment can be found by its order, in whichever trace it ended up."""

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
    """An X-Ray emitter that keeps what it is given."""

    def __init__(self) -> None:
        """Without UDPEmitter's own, which opens a socket."""
        self.sent: list[Any] = []

    def send_entity(self, entity: Any) -> None:
        self.sent.append(entity)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """Takes what is sampled; outside of Lambda the SDK is off otherwise."""
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


def test_a_segment_has_the_ids_that_the_command_came_to_know(daemon: Daemon) -> None:
    def place(_message: object) -> None:
        telemetry.bind("order-1")

    with xray_recorder.in_segment("function", traceid=ROOT), log_context("the-orders-trace"):
        observed("CreateOrder", place)(None)

    found = subsegment(daemon)
    assert found.name == "## CreateOrder"
    assert found.annotations == {"order_id": "order-1", "trace_id": "the-orders-trace"}


def test_a_failed_segment_has_them_too(daemon: Daemon) -> None:
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
