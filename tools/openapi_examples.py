"""The examples of docs/openapi.yaml, built from the classes that the API uses."""

from datetime import UTC, datetime
from typing import Final

from gorder.contracts.api import (
    CreateOrderBody,
    ItemBody,
    LineNoteBody,
    MenuBody,
    MenuItemBody,
    OrderBody,
    OrderedItem,
    PlacedOrderBody,
    StatusChangeBody,
)
from gorder.contracts.request_body import MAX_BODY_BYTES, BodyTooLarge, InvalidBody, MalformedJson
from gorder.contracts.stock import RefusedLine
from gorder.errors import GorderError
from gorder.order.access_token import AccessTokens, Scope
from gorder.order.errors import (
    InvalidOrder,
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotFound,
    PaymentUnderWay,
)
from gorder.order.idempotency import (
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
    StockUnavailableError,
    TooManyUnpaidOrders,
    UnknownProduct,
)
from gorder.payment.ports import InvalidWebhook
from gorder.runtime.http import Unauthorized, UnsupportedContentEncoding, UnsupportedMediaType

CUSTOMER: Final = "ada"
ORDER_ID: Final = "4f0c2a9be1c84d6f9a3d5e7b8c1f2a60"
RAMEN: Final = "prod_ramen"
_RAMEN_PRICE: Final = 1390
_PLACED_AT: Final = datetime(2026, 12, 1, 18, 30, 0, tzinfo=UTC)
_TOKEN: Final = AccessTokens("an example key").issue(Scope, CUSTOMER, ORDER_ID, _PLACED_AT)
TOKEN_DAYS: Final = (datetime.fromtimestamp(int(_TOKEN.split(".")[2]), UTC) - _PLACED_AT).days
_ITEMS = [
    ItemBody(
        id=RAMEN,
        name="Shoyu ramen",
        quantity=2,
        unit_amount=_RAMEN_PRICE,
        price_id="price_1",
        notes=[LineNoteBody(quantity=1, text="no onions")],
    )
]

WANTED = CreateOrderBody(
    items=[
        OrderedItem(id=RAMEN, quantity=1, note="no onions"),
        OrderedItem(id=RAMEN, quantity=1),
    ]
)
PLACED = PlacedOrderBody(
    order_id=ORDER_ID,
    customer_id=CUSTOMER,
    status="pending",
    items=_ITEMS,
    amount_total=2 * _RAMEN_PRICE,
    currency="eur",
    access_token=_TOKEN,
)
ORDER = OrderBody(
    order_id=ORDER_ID,
    customer_id=CUSTOMER,
    status="waiting_for_payment",
    items=_ITEMS,
    amount_total=2 * _RAMEN_PRICE,
    currency="eur",
    payment_link="https://checkout.stripe.com/c/pay/cs_test_1",
    pay_until=datetime(2026, 12, 1, 19, 1, 0, tzinfo=UTC),
    history=[
        StatusChangeBody(status="pending", at=_PLACED_AT),
        StatusChangeBody(
            status="waiting_for_payment", at=datetime(2026, 12, 1, 18, 30, 2, tzinfo=UTC)
        ),
    ],
    refunds=[],
)
CANCELLED = ORDER.model_copy(
    update={
        "status": "cancelled",
        "payment_link": None,
        "pay_until": None,
        "history": [
            *ORDER.history,
            StatusChangeBody(status="cancelled", at=datetime(2026, 12, 1, 18, 31, 5, tzinfo=UTC)),
        ],
    }
)
MENU = MenuBody(
    paused=False,
    items=[
        MenuItemBody(
            id=RAMEN,
            name="Shoyu ramen",
            unit_amount=_RAMEN_PRICE,
            currency="eur",
            available=12,
            description="Wheat noodles in soy broth, with egg and leek.",
            image="https://files.stripe.com/links/ramen",
            category="Noodles",
        ),
        MenuItemBody(
            id="prod_lemonade",
            name="Lemonade, home-made",
            unit_amount=450,
            currency="eur",
            available=0,
            category="Drinks",
            paused=True,
        ),
    ],
)

_ERRORS: tuple[GorderError, ...] = (
    MalformedJson("The body is not JSON: Expecting value at line 1, column 11."),
    InvalidWebhook("The Stripe-Signature does not match the body."),
    Unauthorized(),
    OrderNotFound(),
    InvalidIdempotencyKey(),
    InvalidIdempotencySecret(),
    IdempotencyKeyReused(),
    IdempotencyKeyExpired(),
    OrderAlreadyPaid(),
    OrderClosed(),
    PaymentUnderWay(),
    InsufficientStock((RefusedLine(product_id=RAMEN, requested=20, available=12),)),
    ShareExceeded((RefusedLine(product_id=RAMEN, requested=8, available=6),)),
    TooManyUnpaidOrders(()),
    BodyTooLarge(f"The body has 70000 bytes; at most {MAX_BODY_BYTES} are allowed."),
    UnsupportedMediaType(),
    UnsupportedContentEncoding(),
    InvalidBody([{"field": "items.0.quantity", "problem": "must be an integer"}]),
    InvalidOrder(
        f"items: {RAMEN} can be ordered 1 to 1000 times, not 1100 "
        "(lines of one product are added up)."
    ),
    UnknownProduct((RefusedLine(product_id="prod_unicorn", requested=1),)),
    InactiveProduct(
        (RefusedLine(product_id=RAMEN, requested=1, reason="its default price is recurring"),)
    ),
    MixedCurrencies(()),
)
ERROR_EXAMPLES: Final = {type(error): error for error in _ERRORS}
UNAVAILABLE: Final = StockUnavailableError("the text is not published")
