"""The stock service's answers in the order service's words, through its function's own entry."""

import json
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from gorder.contracts.stock import Refusal
from gorder.order.adapters.lambda_stock import LambdaStock
from gorder.order.ports import (
    InactiveProduct,
    InsufficientStock,
    MixedCurrencies,
    ReservationDiffersError,
    ReservationLostError,
    ReservationReleasedError,
    StockUnavailableError,
    UnknownProduct,
)
from tests.fakes.clock import NOON
from tests.fakes.deployment import Deployment, LambdaInvoker

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_lambda import LambdaClient

    from gorder.contracts.stock import PricedLine

UNTIL = NOON + timedelta(minutes=31)


@pytest.fixture
def stock() -> LambdaStock:
    """A client of a real stock function on a store in memory."""
    invoker = LambdaInvoker(Deployment().handlers["stock_check"])
    return LambdaStock(cast("LambdaClient", invoker), "stock_check")


def reserve(
    stock: LambdaStock, *lines: tuple[str, int], order_id: str = "o1"
) -> "tuple[PricedLine, ...]":
    return stock.reserve(order_id, dict(lines), UNTIL, "trace")


def test_what_is_held_is_priced(stock: LambdaStock) -> None:
    lines = reserve(stock, ("soup", 2), ("bread", 1))

    assert {(line.product_id, line.quantity, line.unit_amount) for line in lines} == {
        ("soup", 2, 700),
        ("bread", 1, 250),
    }


def test_too_few_units_are_named(stock: LambdaStock) -> None:
    with pytest.raises(InsufficientStock, match=r"soup \(11 wanted, 10 available\)") as raised:
        reserve(stock, ("soup", 11), ("bread", 1))

    assert [line.product_id for line in raised.value.lines] == ["soup"]


def test_an_unknown_product_is_named(stock: LambdaStock) -> None:
    with pytest.raises(UnknownProduct, match="no such product: air"):
        reserve(stock, ("air", 1))


def test_a_reservation_is_confirmed_once_or_twice(stock: LambdaStock) -> None:
    reserve(stock, ("soup", 10))

    stock.confirm("o1", "trace")
    stock.confirm("o1", "trace")

    with pytest.raises(InsufficientStock, match="0 available"):
        reserve(stock, ("soup", 1), order_id="o2")


def test_nothing_to_confirm_is_an_error(stock: LambdaStock) -> None:
    with pytest.raises(ReservationLostError, match="o1: reservation_not_found"):
        stock.confirm("o1", "trace")


def test_what_is_released_can_be_had_by_others(stock: LambdaStock) -> None:
    reserve(stock, ("soup", 10))

    stock.release("o1", "trace")
    stock.release("o1", "trace")

    assert reserve(stock, ("soup", 10), order_id="o2")
    with pytest.raises(ReservationReleasedError):
        reserve(stock, ("soup", 10))


def test_nothing_to_release_is_fine(stock: LambdaStock) -> None:
    stock.release("o1", "trace")


def test_what_is_sold_cannot_be_released(stock: LambdaStock) -> None:
    reserve(stock, ("soup", 1))
    stock.confirm("o1", "trace")

    with pytest.raises(ReservationLostError, match="o1: reservation_confirmed"):
        stock.release("o1", "trace")


def test_only_what_is_overdue_is_listed_and_released(stock: LambdaStock) -> None:
    reserve(stock, ("soup", 10))
    too_early, in_time = UNTIL, UNTIL + timedelta(seconds=1)

    stock.release("o1", "trace", too_early)

    assert stock.overdue(too_early, 50, "trace") == ()
    assert stock.overdue(in_time, 50, "trace") == ("o1",)
    stock.release("o1", "trace", in_time)
    assert stock.overdue(in_time, 50, "trace") == ()


def test_other_lines_for_the_same_order_are_told(stock: LambdaStock) -> None:
    reserve(stock, ("soup", 1))

    with pytest.raises(ReservationDiffersError):
        reserve(stock, ("soup", 2))


class Answering:
    """A Lambda that answers as told."""

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


def test_a_failed_invocation_is_named_as_such() -> None:
    answered = _answered(b'{"outcomes": []}', FunctionError="Unhandled")

    with pytest.raises(StockUnavailableError, match="failed: Unhandled"):
        reserve(Answering(lambda: answered).stock, ("soup", 1))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: _raise(ReadTimeoutError(endpoint_url="x")), id="silence"),
        pytest.param(lambda: _raise(ClientError({}, "Invoke")), id="throttled"),
        pytest.param(lambda: _answered(b"{}"), id="something else"),
        pytest.param(lambda: _answered(b"not JSON"), id="no JSON"),
    ],
)
def test_no_answer_is_worth_another_try(answer: "Callable[[], dict[str, Any]]") -> None:
    with pytest.raises(StockUnavailableError):
        reserve(Answering(answer).stock, ("soup", 1))


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
        (Refusal.RESERVATION_DIFFERS, ReservationDiffersError),
    ],
)
def test_every_refusal_has_its_error(refusal: Refusal, error: type[Exception]) -> None:
    outcome = {"outcome": "refused", "order_id": "o1", "refusal": refusal}
    payload = json.dumps({"outcomes": [outcome]}).encode()

    with pytest.raises(error):
        reserve(Answering(lambda: _answered(payload)).stock, ("soup", 1))


def test_every_refusal_is_here() -> None:
    [mark] = test_every_refusal_has_its_error.pytestmark  # type: ignore[attr-defined]  # pytest sets it

    assert {refusal for refusal, _ in mark.args[1]} == set(Refusal)
