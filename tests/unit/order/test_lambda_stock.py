"""The client of the stock function, on the function itself and on broken answers.

The fake that replaces the client in other tests passes the same tests.
"""

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gorder.contracts.stock import MovementsListed, Refusal
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.ports import StockClient
from gorder.order.stock_errors import (
    InactiveProduct,
    InsufficientStock,
    MixedCurrencies,
    ReservationDiffersError,
    ReservationLostError,
    ReservationMissingError,
    ReservationReleasedError,
    ShareExceeded,
    StockUnavailableError,
    TooManyUnpaidOrders,
    UnknownProduct,
)
from tests.fakes.clock import NOON
from tests.fakes.deployment import FakeDeployment, LambdaInvoker
from tests.fakes.stock_client import MemoryStock

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_lambda import LambdaClient

    from gorder.contracts.stock import PricedLine

UNTIL = NOON + timedelta(minutes=31)


@pytest.fixture(params=["function", "fake"])
def stock(request: pytest.FixtureRequest) -> StockClient:
    """A client of the stock function, which works on a store in memory; or the client's fake."""
    if request.param == "fake":
        return MemoryStock()
    invoker = LambdaInvoker(FakeDeployment().handlers["stock_check"])
    return LambdaStock(cast("LambdaClient", invoker), "stock_check")


def reserve(
    stock: StockClient, *lines: tuple[str, int], order_id: str = "o1"
) -> "tuple[PricedLine, ...]":
    return stock.reserve(order_id, dict(lines), UNTIL, "trace")


def test_reserved_lines_have_prices(stock: StockClient) -> None:
    lines = reserve(stock, ("soup", 2), ("bread", 1))

    assert {(line.product_id, line.quantity, line.unit_amount) for line in lines} == {
        ("soup", 2, 700),
        ("bread", 1, 250),
    }


def test_a_lack_of_units_names_the_product(stock: StockClient) -> None:
    with pytest.raises(InsufficientStock, match=r"soup \(11 wanted, 10 available\)") as raised:
        reserve(stock, ("soup", 11), ("bread", 1))

    assert [line.product_id for line in raised.value.lines] == ["soup"]


def test_a_refusal_names_the_unknown_product(stock: StockClient) -> None:
    with pytest.raises(UnknownProduct, match="no such product: air"):
        reserve(stock, ("air", 1))


def test_confirming_twice_confirms_once(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))

    stock.confirm("o1", "trace")
    stock.confirm("o1", "trace")

    with pytest.raises(InsufficientStock, match="0 available"):
        reserve(stock, ("soup", 1), order_id="o2")


def test_confirming_without_a_reservation_is_an_error(stock: StockClient) -> None:
    with pytest.raises(ReservationMissingError, match="o1"):
        stock.confirm("o1", "trace")


def test_released_units_are_available_again(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))

    stock.release("o1", "trace")
    stock.release("o1", "trace")

    assert reserve(stock, ("soup", 10), order_id="o2")
    with pytest.raises(ReservationReleasedError):
        reserve(stock, ("soup", 10))


def test_releasing_without_a_reservation_does_nothing(stock: StockClient) -> None:
    stock.release("o1", "trace")


def test_a_confirmation_after_the_release_takes_the_units_again(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))
    stock.release("o1", "trace")

    stock.confirm("o1", "trace")

    with pytest.raises(InsufficientStock, match="0 available"):
        reserve(stock, ("soup", 1), order_id="o2")


def test_released_units_that_are_gone_cannot_be_confirmed(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))
    stock.release("o1", "trace")
    reserve(stock, ("soup", 1), order_id="o2")

    with pytest.raises(ReservationLostError, match="o1: insufficient_stock"):
        stock.confirm("o1", "trace")


def test_returned_units_are_available_again(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))
    stock.confirm("o1", "trace")

    stock.return_units("o1", "trace")
    stock.return_units("o1", "trace")
    stock.write_off("o1", "trace")
    stock.release("o1", "trace")

    assert reserve(stock, ("soup", 10), order_id="o2")
    with pytest.raises(ReservationReleasedError):
        reserve(stock, ("soup", 10))
    with pytest.raises(ReservationLostError, match="o1: reservation_returned"):
        stock.confirm("o1", "trace")


def test_wasted_units_are_not_available_again(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))
    stock.confirm("o1", "trace")

    stock.write_off("o1", "trace")
    stock.write_off("o1", "trace")
    stock.return_units("o1", "trace")

    with pytest.raises(InsufficientStock, match="0 available"):
        reserve(stock, ("soup", 1), order_id="o2")
    with pytest.raises(ReservationLostError, match="o1: reservation_returned"):
        stock.confirm("o1", "trace")


def test_giving_back_without_a_reservation_does_nothing(stock: StockClient) -> None:
    stock.return_units("o1", "trace")
    stock.write_off("o1", "trace")


def test_sold_units_cannot_be_released(stock: StockClient) -> None:
    reserve(stock, ("soup", 1))
    stock.confirm("o1", "trace")

    with pytest.raises(ReservationLostError, match="o1: reservation_confirmed"):
        stock.release("o1", "trace")


def test_only_overdue_reservations_are_listed_and_released(stock: StockClient) -> None:
    reserve(stock, ("soup", 10))
    too_early, in_time = UNTIL, UNTIL + timedelta(seconds=1)

    stock.release("o1", "trace", too_early)

    assert stock.overdue(too_early, 50, "trace") == ()
    assert stock.overdue(in_time, 50, "trace") == ("o1",)
    stock.release("o1", "trace", in_time)
    assert stock.overdue(in_time, 50, "trace") == ()


def test_other_lines_for_the_same_order_are_refused(stock: StockClient) -> None:
    reserve(stock, ("soup", 1))

    with pytest.raises(ReservationDiffersError):
        reserve(stock, ("soup", 2))


class StubLambda:
    """A Lambda client with a fixed answer."""

    def __init__(self, answer: "Callable[[], dict[str, Any]]") -> None:
        self._answer = answer

    def invoke(self, **_request: object) -> dict[str, Any]:
        return self._answer()

    @property
    def stock(self) -> LambdaStock:
        return LambdaStock(cast("LambdaClient", self), "stock_check")


def _raise(error: Exception) -> dict[str, Any]:
    raise error


def _answered(payload: bytes, **more: object) -> dict[str, Any]:
    return {"Payload": BytesIO(payload), **more}


def test_a_failed_invocation_is_reported() -> None:
    answered = _answered(b'{"outcomes": []}', FunctionError="Unhandled")

    with pytest.raises(StockUnavailableError, match="failed: Unhandled"):
        reserve(StubLambda(lambda: answered).stock, ("soup", 1))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: _raise(ReadTimeoutError(endpoint_url="x")), id="timeout"),
        pytest.param(lambda: _raise(ClientError({}, "Invoke")), id="throttled"),
        pytest.param(lambda: _answered(b"{}"), id="another answer"),
        pytest.param(lambda: _answered(b"not JSON"), id="not JSON"),
        pytest.param(lambda: _answered(b"[" * 100_000), id="nested too deeply"),
    ],
)
def test_an_unusable_answer_is_a_transient_error(answer: "Callable[[], dict[str, Any]]") -> None:
    with pytest.raises(StockUnavailableError):
        reserve(StubLambda(answer).stock, ("soup", 1))


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal.UNKNOWN_PRODUCT, UnknownProduct),
        (Refusal.INACTIVE_PRODUCT, InactiveProduct),
        (Refusal.MIXED_CURRENCIES, MixedCurrencies),
        (Refusal.INSUFFICIENT_STOCK, InsufficientStock),
        (Refusal.RESERVATION_NOT_FOUND, ReservationLostError),
        (Refusal.RESERVATION_RELEASED, ReservationReleasedError),
        (Refusal.RESERVATION_CONFIRMED, ReservationLostError),
        (Refusal.RESERVATION_NOT_OVERDUE, ReservationLostError),
        (Refusal.RESERVATION_RETURNED, ReservationLostError),
        (Refusal.RESERVATION_DIFFERS, ReservationDiffersError),
        (Refusal.TOO_MANY_UNPAID_ORDERS, TooManyUnpaidOrders),
        (Refusal.SHARE_EXCEEDED, ShareExceeded),
    ],
)
def test_every_refusal_has_its_error(refusal: Refusal, error: type[Exception]) -> None:
    outcome = {"outcome": "refused", "order_id": "o1", "refusal": refusal}
    payload = json.dumps({"outcomes": [outcome]}).encode()

    with pytest.raises(error):
        reserve(StubLambda(lambda: _answered(payload)).stock, ("soup", 1))


def test_every_refusal_is_tested() -> None:
    [mark] = test_every_refusal_has_its_error.pytestmark  # type: ignore[attr-defined]  # pytest sets it

    assert {refusal for refusal, _ in mark.args[1]} == set(Refusal)


def test_the_movements_of_an_order_are_listed_with_its_reservation(stock: StockClient) -> None:
    reserve(stock, ("soup", 2))
    stock.confirm("o1", "trace")

    listed = stock.movements("o1", "trace")

    [*_, last] = listed.movements
    assert (last.kind, last.product_id, last.quantity) == ("confirmed", "soup", 2)
    assert listed.reservation
    assert (listed.reservation.state, listed.reservation.held_until) == ("confirmed", UNTIL)
    assert [(each.product_id, each.quantity) for each in listed.reservation.lines] == [("soup", 2)]
    assert stock.movements("unknown", "trace") == MovementsListed(movements=())


def test_the_movements_that_an_earlier_release_lists_have_no_reservation() -> None:
    stub = StubLambda(lambda: _answered(b'{"movements": []}'))

    assert stub.stock.movements("o1", "trace") == MovementsListed(movements=())
