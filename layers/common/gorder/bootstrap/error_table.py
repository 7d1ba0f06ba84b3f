"""Every error gorder raises, and what it means: the one table. A test finds what is missing."""

from collections.abc import Mapping

from gorder.bootstrap.store_url import InvalidUrlError
from gorder.contracts.api import BodyTooLarge, InvalidBody, MalformedJson
from gorder.contracts.base import InvalidRequest
from gorder.contracts.bus import EventBusUnavailableError
from gorder.contracts.events import MalformedEventError, UnexpectedEventError
from gorder.contracts.stock import MalformedRequestError
from gorder.kitchen.model import InvalidCookingTimeError
from gorder.kitchen.ports import TimerUnavailableError
from gorder.order.idempotency import IdempotencyKeyReused, InvalidIdempotencyKey
from gorder.order.model import (
    IllegalTransitionError,
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotFound,
    PaymentMismatchError,
    PaymentUnderWay,
)
from gorder.order.ports import (
    ConcurrentUpdateError,
    InactiveProduct,
    InsufficientStock,
    MixedCurrencies,
    OrderIndexError,
    OrderMissingError,
    OrderStoreUnavailableError,
    ReservationDiffersError,
    ReservationLostError,
    ReservationReleasedError,
    StockRefused,
    StockUnavailableError,
    UnknownProduct,
)
from gorder.payment.model import CheckoutDiffersError
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    InvalidWebhook,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from gorder.runtime.errors import ErrorTable, Kind, MissingSettingError, Row
from gorder.runtime.http import Unauthorized, UnsupportedMediaType
from gorder.runtime.secrets import SecretsUnavailableError
from gorder.stock.model import StockRefused as StockServiceRefused
from gorder.stock.ports import (
    CatalogueSourceError,
    LockTimeoutError,
    MigrationError,
    StockContentionError,
    StockStoreError,
    StockStoreUnavailableError,
)


def _body_members(error: Exception) -> Mapping[str, object]:
    return {"errors": error.errors} if isinstance(error, InvalidBody) else {}


def _stock_members(error: Exception) -> Mapping[str, object]:
    lines = error.lines if isinstance(error, StockRefused) else ()
    return {
        "items": [line.model_dump(exclude=None if line.reason else {"reason"}) for line in lines]
    }


_BUSINESS = (
    Row(MalformedJson, Kind.BUSINESS, 400, "malformed_json"),
    Row(InvalidIdempotencyKey, Kind.BUSINESS, 400, "invalid_idempotency_key"),
    Row(InvalidRequest, Kind.BUSINESS, 400, "invalid_request"),
    Row(InvalidWebhook, Kind.BUSINESS, 400, "invalid_webhook"),
    Row(Unauthorized, Kind.BUSINESS, 401, "unauthorized"),
    Row(OrderNotFound, Kind.BUSINESS, 404, "order_not_found"),
    Row(InsufficientStock, Kind.BUSINESS, 409, "insufficient_stock", _stock_members),
    Row(OrderAlreadyPaid, Kind.BUSINESS, 409, "order_already_paid"),
    Row(OrderClosed, Kind.BUSINESS, 409, "order_closed"),
    Row(PaymentUnderWay, Kind.BUSINESS, 409, "payment_under_way"),
    Row(StockServiceRefused, Kind.BUSINESS, 409, "stock_refused"),
    Row(BodyTooLarge, Kind.BUSINESS, 413, "body_too_large"),
    Row(UnsupportedMediaType, Kind.BUSINESS, 415, "unsupported_media_type"),
    Row(IdempotencyKeyReused, Kind.BUSINESS, 422, "idempotency_key_reused"),
    Row(InvalidBody, Kind.BUSINESS, 422, "invalid_body", _body_members),
    Row(InvalidOrder, Kind.BUSINESS, 422, "invalid_order"),
    Row(UnknownProduct, Kind.BUSINESS, 422, "unknown_product", _stock_members),
    Row(InactiveProduct, Kind.BUSINESS, 422, "inactive_product", _stock_members),
    Row(MixedCurrencies, Kind.BUSINESS, 422, "mixed_currencies", _stock_members),
)
_TRANSIENT = (
    Row(ConcurrentUpdateError, Kind.TRANSIENT, 503, "concurrent_update"),
    Row(EventBusUnavailableError, Kind.TRANSIENT, 500, "event_bus_unavailable"),
    Row(LockTimeoutError, Kind.TRANSIENT, 503, "lock_timeout"),
    Row(OrderStoreUnavailableError, Kind.TRANSIENT, 503, "order_store_unavailable"),
    Row(PaymentGatewayUnavailableError, Kind.TRANSIENT, 503, "payment_gateway_unavailable"),
    Row(CheckoutAttemptSpentError, Kind.TRANSIENT, 503, "checkout_attempt_spent"),
    Row(SecretsUnavailableError, Kind.TRANSIENT, 503, "secrets_unavailable"),
    Row(StockContentionError, Kind.TRANSIENT, 503, "stock_contention"),
    Row(StockStoreUnavailableError, Kind.TRANSIENT, 503, "stock_store_unavailable"),
    Row(StockUnavailableError, Kind.TRANSIENT, 503, "stock_unavailable"),
    Row(CatalogueSourceError, Kind.TRANSIENT, 503, "catalogue_source"),
    Row(TimerUnavailableError, Kind.TRANSIENT, 503, "timer_unavailable"),
)
_DEFECTS = (
    Row(CheckoutDiffersError, Kind.DEFECT, 500, "checkout_differs"),
    Row(IllegalTransitionError, Kind.DEFECT, 500, "illegal_transition"),
    Row(InvalidUrlError, Kind.DEFECT, 500, "invalid_url"),
    Row(InvalidCookingTimeError, Kind.DEFECT, 500, "invalid_cooking_time"),
    Row(MalformedEventError, Kind.DEFECT, 500, "malformed_event"),
    Row(MalformedRequestError, Kind.DEFECT, 500, "malformed_request"),
    Row(MissingSettingError, Kind.DEFECT, 500, "missing_setting"),
    Row(MigrationError, Kind.DEFECT, 500, "migration"),
    Row(OrderIndexError, Kind.DEFECT, 500, "order_index"),
    Row(OrderMissingError, Kind.DEFECT, 500, "order_missing"),
    Row(PaymentGatewayRefusedError, Kind.DEFECT, 500, "payment_gateway_refused"),
    Row(PaymentMismatchError, Kind.DEFECT, 500, "payment_mismatch"),
    Row(ReservationDiffersError, Kind.DEFECT, 500, "reservation_differs"),
    Row(ReservationReleasedError, Kind.DEFECT, 500, "reservation_released"),
    Row(ReservationLostError, Kind.DEFECT, 500, "reservation_lost"),
    Row(UnexpectedEventError, Kind.DEFECT, 500, "unexpected_event"),
    Row(StockStoreError, Kind.DEFECT, 500, "stock_store"),
)

ERRORS = ErrorTable((*_BUSINESS, *_TRANSIENT, *_DEFECTS))
