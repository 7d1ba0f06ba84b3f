"""The fields that an order document must have to be read, and their types.

A document that gorder wrote has this shape. Another one was changed by hand or by a bug.
"""

from datetime import datetime
from typing import Annotated, Any, Final, NotRequired, TypedDict

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from gorder.contracts.base import describe_validation_error
from gorder.order.errors import OrderUnreadableError

_STRICT: Final = ConfigDict(strict=True)


@with_config(_STRICT)
class _LineNote(TypedDict):
    quantity: int
    text: str


@with_config(_STRICT)
class _Line(TypedDict):
    product_id: str
    name: str
    quantity: int
    unit_amount: int
    price_id: str
    notes: NotRequired[list[_LineNote]]


@with_config(_STRICT)
class _StatusChange(TypedDict):
    status: str
    at: datetime


@with_config(_STRICT)
class _Checkout(TypedDict):
    attempt: int
    expires_at: datetime
    session_id: NotRequired[str | None]
    url: NotRequired[str | None]
    refusal: NotRequired[str | None]


@with_config(_STRICT)
class _StaffNote(TypedDict):
    command: str
    by: str
    text: str
    at: datetime
    amount: NotRequired[int | None]
    refunded_before: NotRequired[int | None]


@with_config(_STRICT)
class _OutboxEvent(TypedDict):
    event_id: str
    event_type: str
    occurred_at: datetime


@with_config(_STRICT)
class _Refund(TypedDict):
    refund_id: str
    amount: int
    status: str
    reason: str
    by: str
    at: datetime
    refunded_before: NotRequired[int | None]


@with_config(_STRICT)
class _Payment(TypedDict):
    session_id: str
    payment_intent_id: str | None
    amount: int
    currency: str
    refunds: NotRequired[dict[str, _Refund]]
    dispute: NotRequired[str | None]
    lost: NotRequired[int]
    refund_reason: NotRequired[str | None]
    discount: NotRequired[int]
    tax: NotRequired[int]
    added: NotRequired[int]


@with_config(_STRICT)
class _Order(TypedDict):
    """Release 0.1 does not write what is not required."""

    _id: str
    customer_id: str
    trace_id: str
    status: str
    version: int
    currency: str
    lines: Annotated[list[_Line], Field(min_length=1)]
    history: Annotated[list[_StatusChange], Field(min_length=1)]
    checkout: _Checkout
    payment: _Payment | None
    outbox: list[_OutboxEvent]
    payments: NotRequired[dict[str, dict[str, Any]]]  # checked with what release 0.1 wrote
    token_key_id: NotRequired[str]
    published_at: NotRequired[datetime | None]
    resumed: NotRequired[int]
    reason: NotRequired[str | None]
    notes: NotRequired[list[_StaffNote]]
    number: NotRequired[int]


@with_config(_STRICT)
class _Kept(TypedDict):
    by: str
    reason: str


@with_config(_STRICT)
class _Unmatched(TypedDict):
    order_id: str
    payment: _Payment
    found_at: datetime
    kept: NotRequired[_Kept]
    kept_again: NotRequired[list[_Kept]]


ORDER: Final[TypeAdapter[_Order]] = TypeAdapter(_Order)
UNMATCHED: Final[TypeAdapter[_Unmatched]] = TypeAdapter(_Unmatched)
KEPT: Final[TypeAdapter[_Kept]] = TypeAdapter(_Kept)
PAYMENTS: Final[TypeAdapter[list[_Payment]]] = TypeAdapter(list[_Payment])


def is_of[T](stored: object, shape: TypeAdapter[T]) -> bool:
    """Return whether a part of a document has that shape."""
    try:
        shape.validate_python(stored)
    except ValidationError:
        return False
    return True


def require[T](order_id: object, stored: object, shape: TypeAdapter[T]) -> None:
    """Check a document, or a part of it. A field that the shape does not have is ignored.

    Raises:
        OrderUnreadableError: it has another shape. The text names fields and shows no values.
    """
    try:
        shape.validate_python(stored)
    except ValidationError as error:
        raise OrderUnreadableError(order_id, describe_validation_error(error)) from None
