"""The routes of the public API: the request and response body and the errors of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from gorder.contracts.api import CreateOrderBody, MenuBody, OrderBody, PlacedOrderBody, WebhookBody
from gorder.contracts.base import Contract
from gorder.contracts.request_body import BodyTooLarge, InvalidBody, MalformedJson
from gorder.errors import GorderError
from gorder.order.errors import (
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotFound,
    PaymentUnderWay,
)
from gorder.order.idempotency import (
    KEY_PATTERN,
    LIFETIME,
    SECRET_PATTERN,
    IdempotencyKeyExpired,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidIdempotencySecret,
)
from gorder.order.stock_errors import (
    InactiveProduct,
    InsufficientStock,
    MixedCurrencies,
    ShareExceeded,
    TooManyUnpaidOrders,
    UnknownProduct,
)
from gorder.payment.adapters.stripe_signature import MAX_SIGNATURE_LENGTH
from gorder.payment.adapters.stripe_webhook import MAX_WEBHOOK_BYTES
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.http import Unauthorized, UnsupportedContentEncoding, UnsupportedMediaType
from tools.openapi_examples import (
    CANCELLED,
    MENU,
    ORDER,
    PLACED,
    WANTED,
)

type Json = dict[str, Any]

TAGS: Final = {
    "Menu": "What can be ordered",
    "Orders": "Place, read and cancel an order",
    "Stripe": "Called by Stripe",
}


@dataclass(frozen=True)
class Route:
    """One operation, its bodies, and the business errors that it can answer with."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    answer: type[Contract]
    example: Contract
    errors: tuple[type[GorderError], ...] = ()
    description: str = ""
    status: HTTPStatus = HTTPStatus.OK
    body: Json | None = None
    with_token: bool = False
    headers: tuple[Json, ...] = ()
    answer_headers: Mapping[str, Json] | None = None
    can_be_revalidated: bool = False


def json_content(schema: Json, example: object) -> Json:
    """Return the content of a JSON body with its example."""
    return {"application/json": {"schema": schema, "examples": {"typical": {"value": example}}}}


def reference(model: type[Contract]) -> Json:
    """Return a reference to the schema of a body."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _header(description: str, kind: str = "string") -> Json:
    return {"description": description, "schema": {"type": kind}}


_SIGNATURE = {
    "name": "Stripe-Signature",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": MAX_SIGNATURE_LENGTH},
    "description": "`t=<Unix time>,v1=<HMAC of time and body>`, with more than one `v1` while the "
    "endpoint's secret is rolled; other schemes are ignored",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": KEY_PATTERN},
    "description": "A random string for one order, such as a UUID of version 4 or 16 random bytes "
    "in hex. Repeating a request with the same key, the same `Idempotency-Secret` and the same "
    "items, notes included, returns the same order, with `Idempotent-Replayed: true` and an access "
    "token again. A "
    f"key expires {LIFETIME // timedelta(hours=1)} hours after its order was placed, and when the "
    "order's tokens are revoked. Without a key, two requests place two orders.",
}
_SECRET = {
    "name": "Idempotency-Secret",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": SECRET_PATTERN},
    "description": "32 random bytes in base64url or hex, required with `Idempotency-Key`, from "
    "which it differs. The client keeps them secret and sends them with each repetition, as proof "
    "that it placed the order. The same key with another secret is another order.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier answer: if the body is still the same, the answer is "
    "304 without a body",
}
_ETAG = _header("Names this body; send it in `If-None-Match`")
_EVENT = {"type": "object", "description": "A Stripe event", "additionalProperties": True}

ROUTES = (
    Route(
        "get",
        "/api/menu",
        "getMenu",
        "Menu",
        "List the products of the menu, with prices and stock",
        MenuBody,
        MENU,
        headers=(_IF_NONE_MATCH,),
        answer_headers={"ETag": _ETAG},
        can_be_revalidated=True,
    ),
    Route(
        "post",
        "/api/customer/{customer_id}/orders",
        "createOrder",
        "Orders",
        "Place an order and hold its stock until it is paid, cancelled or expired",
        PlacedOrderBody,
        PLACED,
        (
            MalformedJson,
            InvalidIdempotencyKey,
            InvalidIdempotencySecret,
            InsufficientStock,
            ShareExceeded,
            TooManyUnpaidOrders,
            BodyTooLarge,
            UnsupportedMediaType,
            UnsupportedContentEncoding,
            InvalidBody,
            InvalidOrder,
            UnknownProduct,
            InactiveProduct,
            MixedCurrencies,
            IdempotencyKeyReused,
            IdempotencyKeyExpired,
        ),
        description="Lines of the same product are added up, and their notes are kept with their "
        "units. An order has 1 to 50 products, and 1 "
        "to 1000 units of each; a shop may allow fewer, by default 20 of each and 50 in all. A "
        "client's unpaid orders, and its share of a product's units, are limited.",
        status=HTTPStatus.CREATED,
        body=json_content(reference(CreateOrderBody), WANTED.model_dump(exclude_none=True)),
        headers=(_KEY, _SECRET),
        answer_headers={
            "Location": _header("The URL of the order, relative to that of the request"),
            "Idempotent-Replayed": _header("`true` if an earlier request placed the order"),
            "Retry-After": _header("After how many seconds to read the order first", "integer"),
        },
    ),
    Route(
        "get",
        "/api/customer/{customer_id}/orders/{order_id}",
        "getOrder",
        "Orders",
        "Read an order",
        OrderBody,
        ORDER,
        (Unauthorized, OrderNotFound),
        description="`payment_link` is present from the time when Stripe has made the payment page "
        "until the order is paid or closed. `refunds` says what of a payment goes back, and why.",
        with_token=True,
        headers=(_IF_NONE_MATCH,),
        answer_headers={
            "ETag": _ETAG,
            "Retry-After": _header(
                "After how many seconds to read the order again. Absent if it is final: only a "
                "refund changes it then",
                "integer",
            ),
        },
        can_be_revalidated=True,
    ),
    Route(
        "post",
        "/api/customer/{customer_id}/orders/{order_id}/cancel",
        "cancelOrder",
        "Orders",
        "Cancel an order that is not paid",
        OrderBody,
        CANCELLED,
        (
            Unauthorized,
            OrderNotFound,
            OrderAlreadyPaid,
            OrderClosed,
            PaymentUnderWay,
            UnsupportedContentEncoding,
        ),
        description="Closes the payment page and releases the stock. Cancelling again returns the "
        "same answer. The request has no body.",
        with_token=True,
    ),
    Route(
        "post",
        "/api/webhook",
        "receiveStripeEvent",
        "Stripe",
        "Receive an event from Stripe",
        WebhookBody,
        WebhookBody(),
        (InvalidWebhook, BodyTooLarge, UnsupportedContentEncoding),
        description="Stripe sends the event again until the status is 200. The body has at most "
        f"{MAX_WEBHOOK_BYTES} bytes.",
        body=json_content(_EVENT, {"id": "evt_1", "object": "event", "type": "product.updated"}),
        headers=(_SIGNATURE,),
    ),
)
