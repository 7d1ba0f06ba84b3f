"""The routes of the public API: which body each takes and gives, which errors it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from gorder.contracts.api import (
    BodyTooLarge,
    CreateOrderBody,
    InvalidBody,
    MalformedJson,
    MenuBody,
    OrderBody,
    PlacedOrderBody,
    WebhookBody,
)
from gorder.contracts.base import Contract
from gorder.errors import GorderError
from gorder.order.idempotency import IdempotencyKeyReused, InvalidIdempotencyKey
from gorder.order.model import (
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotFound,
    PaymentUnderWay,
)
from gorder.order.ports import InactiveProduct, InsufficientStock, MixedCurrencies, UnknownProduct
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.http import Unauthorized, UnsupportedMediaType
from tools.openapi_examples import (
    CANCELLED,
    MENU,
    ORDER,
    PLACED,
    WANTED,
)

type Json = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One operation: what it takes, what it gives, which business errors it may answer."""

    method: str
    path: str
    name: str
    summary: str
    answer: type[Contract]
    example: Contract
    errors: tuple[type[GorderError], ...] = ()
    description: str = ""
    status: HTTPStatus = HTTPStatus.OK
    body: Json | None = None
    with_token: bool = False
    headers: tuple[Json, ...] = ()
    answer_headers: Mapping[str, str] | None = None


def json_content(schema: Json, example: object) -> Json:
    """A body in JSON, with its example."""
    return {"application/json": {"schema": schema, "examples": {"typical": {"value": example}}}}


def reference(model: type[Contract]) -> Json:
    """Where the document has a body's schema."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


_SIGNATURE = {
    "name": "Stripe-Signature",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "Stripe's HMAC over time and body",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
    "description": "What the client calls this one wish. Asked again with the same key and the "
    "same items, the same order is the answer, with `Idempotent-Replayed: true`. Without a key two "
    "requests are two orders.",
}
_EVENT = {"type": "object", "description": "A Stripe event", "additionalProperties": True}

ROUTES = (
    Route(
        "get",
        "/api/menu",
        "getMenu",
        "What can be ordered now, with price and availability",
        MenuBody,
        MENU,
    ),
    Route(
        "post",
        "/api/customer/{customer_id}/orders",
        "createOrder",
        "Place an order: its stock is held until it is paid or its time has passed",
        PlacedOrderBody,
        PLACED,
        (
            MalformedJson,
            InvalidIdempotencyKey,
            InsufficientStock,
            BodyTooLarge,
            UnsupportedMediaType,
            InvalidBody,
            InvalidOrder,
            UnknownProduct,
            InactiveProduct,
            MixedCurrencies,
            IdempotencyKeyReused,
        ),
        description="Lines of one product are added up. The sum of a product is 1 to 1000 units, "
        "and an order has 1 to 50 products.",
        status=HTTPStatus.CREATED,
        body=json_content(reference(CreateOrderBody), WANTED.model_dump(exclude_none=True)),
        headers=(_KEY,),
        answer_headers={
            "Location": "The order, relative to the request",
            "Idempotent-Replayed": "`true` if the order was placed by an earlier request",
        },
    ),
    Route(
        "get",
        "/api/customer/{customer_id}/orders/{order_id}",
        "getOrder",
        "The order as it stands",
        OrderBody,
        ORDER,
        (Unauthorized, OrderNotFound),
        description="`payment_link` is there as soon as Stripe has made the page.",
        with_token=True,
    ),
    Route(
        "post",
        "/api/customer/{customer_id}/orders/{order_id}/cancel",
        "cancelOrder",
        "Cancel the order, as long as it is not paid",
        OrderBody,
        CANCELLED,
        (Unauthorized, OrderNotFound, OrderAlreadyPaid, OrderClosed, PaymentUnderWay),
        description="The payment page is closed, then the stock is free again. Cancelling again "
        "gives the same answer. There is no request body.",
        with_token=True,
    ),
    Route(
        "post",
        "/api/webhook",
        "receiveStripeEvent",
        "For Stripe: an event of its own",
        WebhookBody,
        WebhookBody(),
        (InvalidWebhook,),
        description="Anything but 200 makes Stripe send the event again.",
        body=json_content(_EVENT, {"id": "evt_1", "object": "event", "type": "product.updated"}),
        headers=(_SIGNATURE,),
    ),
)
