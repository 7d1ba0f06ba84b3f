"""`gorder orders refund` without a question."""

from collections.abc import Callable

from ops.errors import ExitCode
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import paid
from tests.unit.ops.conftest import Printed

type Gorder = Callable[..., Printed]


def test_a_part_that_is_refunded_at_once_needs_what_was_refunded_before(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    """Otherwise the same command twice would refund twice."""
    deployment.orders.stored[paid().order_id] = paid()
    words = ("--amount", "4.50", "--reason", "It was warm.", "--yes")

    run = gorder("orders", "refund", paid().order_id, *words)

    assert run.code == ExitCode.USAGE
    assert "--refunded-before: say what was refunded before" in run.stderr
    assert "now it is 0.00" in run.stderr
    assert deployment.orders.stored[paid().order_id] == paid()
