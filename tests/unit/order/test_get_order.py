"""Orders are returned to the holder of their token only."""

from dataclasses import replace

import pytest

from gorder.order.access_check import AccessCheck
from gorder.order.access_token import Scope
from gorder.order.errors import OrderNotFound
from gorder.order.queries.get_order import GetOrder, GetOrderHandler
from gorder.order.store_errors import OrderStoreUnavailableError
from tests.fakes.clock import NOON, StandingClock
from tests.fakes.examples import CUSTOMER_ID, ORDER_ID, waiting
from tests.fakes.keys import TOKENS
from tests.fakes.orders import MemoryOrders
from tests.fakes.telemetry import MemoryTelemetry

QUERY = GetOrder(CUSTOMER_ID, ORDER_ID, TOKENS.issue([Scope.READ], CUSTOMER_ID, ORDER_ID, NOON))


@pytest.fixture
def orders() -> MemoryOrders:
    return MemoryOrders(waiting())


def get(orders: MemoryOrders, query: GetOrder) -> object:
    access = AccessCheck(TOKENS, StandingClock(), MemoryTelemetry())
    return GetOrderHandler(orders=orders, access=access)(query)


def test_the_holder_of_the_token_gets_the_order_in_one_read(orders: MemoryOrders) -> None:
    assert get(orders, QUERY) == waiting()
    assert orders.faults.calls == ["orders.get"]


@pytest.mark.parametrize(
    "query",
    [
        replace(QUERY, access_token="v1.read.9.x"),
        replace(QUERY, customer_id="bob"),
        replace(QUERY, order_id="another"),
        replace(QUERY, access_token=TOKENS.issue([Scope.CANCEL], CUSTOMER_ID, ORDER_ID, NOON)),
    ],
    ids=["forged token", "other customer", "other order", "token to cancel"],
)
def test_a_token_that_does_not_match_reads_nothing(orders: MemoryOrders, query: GetOrder) -> None:
    with pytest.raises(OrderNotFound):
        get(orders, query)

    assert orders.faults.calls == []


def test_an_order_of_another_customer_is_not_found(orders: MemoryOrders) -> None:
    token = TOKENS.issue(Scope, "bob", ORDER_ID, NOON)

    with pytest.raises(OrderNotFound):
        get(orders, GetOrder("bob", ORDER_ID, token))


def test_an_order_that_is_not_stored_is_not_found() -> None:
    with pytest.raises(OrderNotFound):
        get(MemoryOrders(), QUERY)


def test_a_store_that_is_down_is_an_error(orders: MemoryOrders) -> None:
    orders.faults.on("orders.get")

    with pytest.raises(OrderStoreUnavailableError):
        get(orders, QUERY)
