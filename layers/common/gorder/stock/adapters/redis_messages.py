"""What waits in the queue, and the answers to it: holds, outcomes and failures as JSON.

Requests of one release may be served by another: see `redis_scripts`.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any, Final

from gorder.errors import GorderError, LaterReleaseError, TransientError
from gorder.stock import refusals
from gorder.stock.adapters.redis_scripts import ID_LENGTH
from gorder.stock.batch import Result
from gorder.stock.model import Hold, Price, Reservation, ReservationState, ReservedLine
from gorder.stock.ports import (
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
)
from gorder.stock.refusals import Shortfall, StockRefusal
from gorder.stock.reservation_plan import ReserveOutcome

_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
_FAILURES: Final[dict[str, type[GorderError]]] = {
    error.code: error
    for error in (
        LaterReleaseError,
        StockContentionError,
        StockStoreError,
        StockStoreUnavailableError,
    )
}


def encode_holds(holds: Sequence[Hold]) -> str:
    """Return the holds of a request, on one line."""
    return _encode([[h.order_id, h.expires_at.isoformat(), dict(h.quantities)] for h in holds])


def decode_holds(text: str) -> list[Hold]:
    """Return the holds of a request."""
    return [
        Hold(order_id, quantities, datetime.fromisoformat(expires_at))
        for order_id, expires_at, quantities in json.loads(text)
    ]


def decode_entry(entry: str) -> tuple[str, list[Hold] | StockStoreError]:
    """Return the id of an entry, and its holds or the error that is its answer."""
    request, text = entry[:ID_LENGTH], entry[ID_LENGTH:]
    try:
        return request, decode_holds(text)
    except (ValueError, TypeError, AttributeError) as error:
        return request, StockStoreError(f"an entry of the queue cannot be read: {error}")


def encode_result(result: Result) -> str:
    """Return the outcomes or the failure of a request.

    A failure of no known class stays transient, or is a defect.
    """
    if not isinstance(result, Exception):
        return _encode({"outcomes": [_from_outcome(outcome) for outcome in result]})
    if isinstance(result, GorderError) and result.code in _FAILURES:
        return _encode({"failure": result.code, "text": str(result)})
    failure = StockStoreUnavailableError if isinstance(result, TransientError) else StockStoreError
    return _encode({"failure": failure.code, "text": f"{type(result).__name__}: {result}"})


def decode_result(text: str) -> Result:
    """Return the outcomes or the failure of a request."""
    answer = json.loads(text)
    if "failure" in answer:
        return _FAILURES[answer["failure"]](answer["text"])
    return [_to_outcome(outcome) for outcome in answer["outcomes"]]


def _from_outcome(outcome: ReserveOutcome) -> list[Any]:
    if isinstance(outcome, StockRefusal):
        short = [astuple(shortfall) for shortfall in outcome.shortfalls]
        return [type(outcome).__name__, str(outcome), short]
    lines = [
        [line.product_id, line.name, line.quantity, *astuple(line.price)] for line in outcome.lines
    ]
    return [outcome.state.value, outcome.order_id, outcome.expires_at.isoformat(), lines]


def _to_outcome(outcome: list[Any]) -> ReserveOutcome:
    if len(outcome) == 3:  # noqa: PLR2004 - a refusal
        name, text, short = outcome
        refusal: StockRefusal = getattr(refusals, name)(text, [Shortfall(*each) for each in short])
        return refusal
    state, order_id, expires_at, lines = outcome
    return Reservation(
        order_id,
        tuple(
            ReservedLine(product_id, name, quantity, Price(*price))
            for product_id, name, quantity, *price in lines
        ),
        datetime.fromisoformat(expires_at),
        ReservationState(state),
    )
