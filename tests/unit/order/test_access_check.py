"""A refused token is counted, and nothing about its order is logged."""

import pytest

from gorder.order.access_check import AccessCheck
from gorder.order.access_token import Scope
from gorder.order.errors import OrderNotFound
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.keys import TOKENS
from tests.fakes.telemetry import MemoryTelemetry

TOKEN = TOKENS.issue([Scope.READ], "ann", "order-1", NOON)


def test_log_lines_have_the_order_id_once_the_token_is_accepted() -> None:
    telemetry = MemoryTelemetry()

    AccessCheck(TOKENS, StandingClock(), telemetry).require(Scope.READ, "ann", "order-1", TOKEN)

    assert telemetry.bound == [("order-1", None)]
    assert telemetry.counts == {}


@pytest.mark.parametrize(
    ("scope", "customer_id", "token"),
    [
        (Scope.READ, "ann", "v1.read.9.x"),
        (Scope.READ, "bob", TOKEN),
        (Scope.CANCEL, "ann", TOKEN),
    ],
    ids=["guessed", "of another customer", "of another scope"],
)
def test_a_refused_token_is_counted_and_the_order_id_is_not_logged(
    scope: Scope, customer_id: str, token: str
) -> None:
    telemetry = MemoryTelemetry()
    check = AccessCheck(TOKENS, StandingClock(), telemetry)

    with pytest.raises(OrderNotFound):
        check.require(scope, customer_id, "order-1", token)

    assert telemetry.counts == {"TokenRefused": 1}
    assert telemetry.bound == []
