"""The segments of an invocation, with the real runtime client and the real Powertools."""

import socket

import pytest

from devstack.localstack_executor.process import InitError
from devstack.segments import FUNCTION, SegmentCause
from tests.integration.devstack.conftest import CALLER, ROOT_ID, Open, invocation, receive_segment

OBSERVED = """
    from gorder.runtime.decorators import observed
    from gorder.runtime.entry import lambda_function
    from gorder.runtime.observability import log_context

    create = observed("CreateOrder", lambda message: message)

    @lambda_function
    def handler(event, context):
        with log_context("trace-of-the-order", event):
            return create(event)
"""


def test_a_functions_segment_is_below_the_segment_of_its_invocation(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool(OBSERVED)

    pool.invoke(invocation("order-1"))

    command, function = receive_segment(daemon), receive_segment(daemon)
    assert command.name == "## CreateOrder"
    assert command.annotations == {"order_id": "order-1", "trace_id": "trace-of-the-order"}
    assert command.parent_id == function.id
    assert (function.name, function.origin) == ("create_order", FUNCTION)
    assert function.parent_id == CALLER
    assert command.trace_id == function.trace_id == ROOT_ID
    assert function.start_time < command.start_time < command.end_time < function.end_time
    assert function.model_extra
    assert function.model_extra["aws"]["request_id"] == "request-1"
    assert not function.failed


def test_two_invocations_of_a_trace_have_their_own_segments(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool(OBSERVED)
    pool.invoke(invocation("order-1", number=1))
    pool.invoke(invocation("order-2", number=2))

    first, its_function, second, their_function = (receive_segment(daemon) for _ in range(4))
    assert (first.parent_id, second.parent_id) == (its_function.id, their_function.id)
    assert its_function.id != their_function.id


def test_only_a_cold_start_has_an_initialization_segment(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool("""
        def handler(event, context):
            return None
    """)
    for number in (1, 2):
        pool.invoke(invocation(number=number))

    cold, warm = receive_segment(daemon), receive_segment(daemon)
    [initialisation] = cold.subsegments
    assert initialisation.name == "Initialization"
    assert cold.start_time <= initialisation.start_time < initialisation.end_time < cold.end_time
    assert warm.subsegments == []


@pytest.mark.parametrize(
    ("handler", "timeout", "error"),
    [
        ("raise KeyError('missing')", 20, ("KeyError", "'missing'")),
        ("__import__('time').sleep(600)", 1, ("Sandbox.Timedout", "timed out after 1.00")),
        ("raise ValueError('x' * 50_000)", 20, ("ValueError", "xxx")),
    ],
    ids=["raised", "timed out", "long message"],
)
def test_a_failed_invocation_has_its_exception(
    open_pool: Open, daemon: socket.socket, handler: str, timeout: float, error: tuple[str, str]
) -> None:
    pool = open_pool(f"def handler(event, context): {handler}")

    pool.invoke(invocation(timeout=timeout))

    function = receive_segment(daemon)
    assert function.fault
    assert isinstance(function.cause, SegmentCause)
    [exception] = function.cause.exceptions
    assert exception.type == error[0]
    assert error[1] in exception.message
    assert len(exception.message) <= 500


def test_a_function_that_cannot_start_has_a_failed_segment(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool("import no_such_module")

    with pytest.raises(InitError):
        pool.invoke(invocation())

    function = receive_segment(daemon)
    assert function.fault
    assert isinstance(function.cause, SegmentCause)
    assert "no_such_module" in function.cause.exceptions[0].message
