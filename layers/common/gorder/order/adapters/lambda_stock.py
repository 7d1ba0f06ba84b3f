"""Calls the stock service as a Lambda function and waits for its reply."""

from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from gorder.contracts.stock import (
    ClientIds,
    ConfirmReservationRequest,
    HoldRequest,
    HoldsMeasured,
    LineRequest,
    ListMenuRequest,
    ListMovementsRequest,
    MeasureHoldsRequest,
    MenuListed,
    MovementsListed,
    Overdue,
    OverdueReservationsRequest,
    PricedLine,
    Refusal,
    Refused,
    ReleaseReservationRequest,
    ReservationSettled,
    ReserveStockRequest,
    ReturnUnitsRequest,
    StockReserved,
    WriteOffUnitsRequest,
)
from gorder.order.lines import Quantities
from gorder.order.stock_errors import (
    InactiveProduct,
    InsufficientStock,
    MixedCurrencies,
    ReservationDiffersError,
    ReservationLostError,
    ReservationMissingError,
    ReservationReleasedError,
    ShareExceeded,
    StockRefused,
    StockUnavailableError,
    TooManyUnpaidOrders,
    UnknownProduct,
)

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_REFUSALS: dict[Refusal, type[StockRefused]] = {
    Refusal.UNKNOWN_PRODUCT: UnknownProduct,
    Refusal.INACTIVE_PRODUCT: InactiveProduct,
    Refusal.MIXED_CURRENCIES: MixedCurrencies,
    Refusal.INSUFFICIENT_STOCK: InsufficientStock,
    Refusal.TOO_MANY_UNPAID_ORDERS: TooManyUnpaidOrders,
    Refusal.SHARE_EXCEEDED: ShareExceeded,
}
_EARLIER_OUTCOMES: dict[Refusal, type[Exception]] = {
    Refusal.RESERVATION_DIFFERS: ReservationDiffersError,
    Refusal.RESERVATION_RELEASED: ReservationReleasedError,
}
_NOTHING_TO_RELEASE = {Refusal.RESERVATION_NOT_FOUND, Refusal.RESERVATION_NOT_OVERDUE}


class LambdaStock:
    """Implements `StockClient` with `lambda:Invoke`."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def reserve(
        self,
        order_id: str,
        quantities: Quantities,
        expires_at: datetime,
        trace_id: str,
        client: ClientIds | None = None,
    ) -> tuple[PricedLine, ...]:
        lines = tuple(
            LineRequest(product_id=product_id, quantity=quantity)
            for product_id, quantity in quantities.items()
        )
        hold = HoldRequest(order_id=order_id, lines=lines, expires_at=expires_at)
        request = ReserveStockRequest(trace_id=trace_id, holds=(hold,), client=client)
        (outcome,) = self._invoke(request, StockReserved).outcomes
        if isinstance(outcome, Refused):
            raise _refusal(outcome)
        return outcome.lines

    def confirm(self, order_id: str, trace_id: str) -> None:
        request = ConfirmReservationRequest(trace_id=trace_id, order_id=order_id)
        outcome = self._invoke(request, ReservationSettled).outcome
        if isinstance(outcome, Refused):
            if outcome.refusal is Refusal.RESERVATION_NOT_FOUND:
                raise ReservationMissingError(
                    f"order {order_id} has no reservation: was the stock restored from a backup, "
                    "or does a function read another database?"
                )
            raise ReservationLostError(
                f"cannot confirm the stock of order {order_id}: {outcome.refusal}; "
                "its units are gone: refund the payment"
            )

    def release(self, order_id: str, trace_id: str, overdue_at: datetime | None = None) -> None:
        request = ReleaseReservationRequest(
            trace_id=trace_id, order_id=order_id, overdue_at=overdue_at
        )
        outcome = self._invoke(request, ReservationSettled).outcome
        if isinstance(outcome, Refused) and outcome.refusal not in _NOTHING_TO_RELEASE:
            raise ReservationLostError(
                f"cannot release the stock of order {order_id}: {outcome.refusal}"
            )

    def return_units(self, order_id: str, trace_id: str) -> None:
        self._give_back(ReturnUnitsRequest(trace_id=trace_id, order_id=order_id))

    def write_off(self, order_id: str, trace_id: str) -> None:
        self._give_back(WriteOffUnitsRequest(trace_id=trace_id, order_id=order_id))

    def overdue(self, before: datetime, limit: int, trace_id: str) -> tuple[str, ...]:
        request = OverdueReservationsRequest(trace_id=trace_id, before=before, limit=limit)
        return self._invoke(request, Overdue).order_ids

    def held_percent(self, trace_id: str) -> float:
        return self._invoke(MeasureHoldsRequest(trace_id=trace_id), HoldsMeasured).held_percent

    def movements(self, order_id: str, trace_id: str) -> MovementsListed:
        return self._invoke(
            ListMovementsRequest(trace_id=trace_id, order_id=order_id), MovementsListed
        )

    def menu(self, query: ListMenuRequest) -> MenuListed:
        return self._invoke(query, MenuListed)

    def _give_back(self, request: ReturnUnitsRequest | WriteOffUnitsRequest) -> None:
        """Invoke the function. The only refusal is that the order has no reservation."""
        self._invoke(request, ReservationSettled)

    def _invoke[R: BaseModel](self, request: BaseModel, reply: type[R]) -> R:
        try:
            response = self._client.invoke(
                FunctionName=self._function_name, Payload=request.model_dump_json().encode()
            )
            payload = response["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise StockUnavailableError(
                f"cannot invoke {self._function_name}: {type(error).__name__}"
            ) from error
        if failure := response.get("FunctionError"):
            raise StockUnavailableError(f"{self._function_name} failed: {failure}")
        try:
            return reply.model_validate_json(payload)
        except ValidationError as error:
            raise StockUnavailableError(
                f"{self._function_name} returned a reply that is not {reply.__name__}"
            ) from error


def _refusal(refused: Refused) -> Exception:
    if error := _REFUSALS.get(refused.refusal):
        return error(refused.lines)
    error_class = _EARLIER_OUTCOMES.get(refused.refusal, ReservationLostError)
    return error_class(f"cannot reserve stock for order {refused.order_id}: {refused.refusal}")
