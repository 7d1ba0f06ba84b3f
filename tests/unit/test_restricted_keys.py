"""docs/deploy.md lists the permissions of a restricted key that the requests to Stripe need."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest
import stripe

from devstack.state import ROOT
from devstack.template import functions
from gorder.bootstrap.payment_link import payable
from gorder.errors import GorderError
from gorder.payment.adapters.stripe_endpoints import StripeEndpoints
from gorder.payment.adapters.stripe_events import StripeEventList
from gorder.payment.adapters.stripe_gateway import StripeGateway
from gorder.payment.adapters.stripe_ledger import StripeLedger
from gorder.payment.model import DueRefund
from gorder.stock.adapters.stripe_products import StripeProducts
from tests.fakes.clock import NOON
from tests.fakes.examples import PAGE_OPTIONS, STACK, pending

type Json = dict[str, Any]

RESOURCES: Final = {
    "/v1/checkout/sessions": "Checkout Sessions",
    "/v1/refunds": "Charges and Refunds",
    "/v1/disputes": "Disputes",
    "/v1/events": "Events",
    "/v1/products": "Products",
    "/v1/webhook_endpoints": "Webhook Endpoints",
    "/v1/payment_intents": "PaymentIntents",
    "payment_intent": "PaymentIntents",
    "latest_charge": "Charges and Refunds",
    "refunds": "Charges and Refunds",
    "default_price": "Prices",
}
ROW: Final = re.compile(
    r"\| (?P<resource>[\w ]+) \| (?P<level>Read|Write) "
    r"\| (?P<requests>[^|]+) \| (?P<users>[^|]+) \|"
)
ID: Final = "an_id"
REFUND: Final = DueRefund("order", "pi", 1, "order_cancelled", "0-0")
REFUNDS: Final[Json] = {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"}
CHARGE: Final[Json] = {"id": "ch", "object": "charge", "disputed": True, "refunds": REFUNDS}
INTENT: Final[Json] = {"id": "pi", "object": "payment_intent", "latest_charge": CHARGE}
DISPUTED_PAGE: Final[Json] = {
    "id": ID,
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "client_reference_id": "order",
    "amount_subtotal": 1,
    "amount_total": 1,
    "total_details": {"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0},
    "allow_promotion_codes": False,
    "automatic_tax": {"enabled": False},
    "currency": "eur",
    "metadata": {},
    "payment_intent": INTENT,
}


class RecordingHttpClient(stripe.HTTPClient):
    """Records requests.

    It answers a list with an empty one, and a page with one whose payment is disputed, so that no
    request is left out. It answers any other request with 400.
    """

    name = "recording"

    def __init__(self) -> None:
        super().__init__()
        self.requests: set[str] = set()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        assert headers
        del post_data
        parts = urlsplit(url)
        self.requests.add(f"{method.upper()} {parts.path.replace(ID, '{id}')}")
        for name, value in parse_qsl(parts.query):
            if name.startswith("expand"):
                names = value.removeprefix("data.").split(".")
                self.requests |= {f"expands {expanded}" for expanded in names}
        if method == "get" and parts.path == f"/v1/checkout/sessions/{ID}":
            return json.dumps(DISPUTED_PAGE), 200, {}
        if method == "get" and parts.path in RESOURCES:
            empty = {"object": "list", "data": [], "has_more": False, "url": parts.path}
            return json.dumps(empty), 200, {}
        refused = {"error": {"type": "invalid_request_error", "message": "refused"}}
        return json.dumps(refused), 400, {}

    def close(self) -> None:
        """Close nothing."""


def recorded() -> set[str]:
    """Call every method of every adapter, and return the requests."""
    http = RecordingHttpClient()
    client = stripe.StripeClient("rk_test_x", http_client=http)
    gateway, products = (
        StripeGateway(client, STACK),
        StripeProducts(client, STACK, only_marked=False),
    )
    events, ledger = StripeEventList(client, STACK), StripeLedger(client, STACK)
    calls: list[Callable[[], object]] = [
        lambda: gateway.create_page(payable(pending()), PAGE_OPTIONS),
        lambda: gateway.expire_page(ID),
        lambda: gateway.page(ID),
        lambda: gateway.page_of("pi"),
        lambda: gateway.refund(REFUND),
        lambda: list(events.undelivered(NOON, NOON)),
        lambda: list(events.about_money(NOON, NOON)),
        lambda: list(ledger.payments(NOON, NOON)),
        lambda: list(ledger.refunded(NOON, NOON)),
        lambda: list(ledger.disputed(NOON, NOON)),
        lambda: ledger.payment(ID),
        products.products,
        lambda: products.product(ID),
        lambda: StripeEndpoints(client).create("https://shop.example/hook"),
    ]
    for call in calls:
        with suppress(GorderError):
            call()
    return http.requests


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer((ROOT / "docs" / "deploy.md").read_text()))


def documented() -> dict[str, tuple[str, set[str]]]:
    """Return each resource's permission and requests."""
    return {row["resource"]: (row["level"], set(requests_in(row["requests"]))) for row in rows()}


def callers(store: str) -> set[str]:
    """Return the functions that have the API key and the store."""
    return {
        name
        for name, function in functions().items()
        if {"GORDER_STRIPE_SECRET", store} <= function["Environment"]["Variables"].keys()
    }


def requests_in(cell: str) -> list[str]:
    expanded = [f"expands {name}" for name in re.findall(r"expands `(\w+)`", cell)]
    return re.findall(r"`((?:GET|POST) [^`]+)`", cell) + expanded


def resource_of(request: str) -> str:
    path = request.partition(" ")[2]
    return RESOURCES[re.sub(r"/\{id\}.*", "", path)]


def test_every_request_is_documented_with_its_resource() -> None:
    expected: dict[str, set[str]] = {}
    for request in recorded():
        expected.setdefault(resource_of(request), set()).add(request)

    assert {name: requests for name, (_, requests) in documented().items()} == expected


@pytest.mark.parametrize("resource", sorted(set(RESOURCES.values())))
def test_a_permission_is_as_low_as_its_requests_allow(resource: str) -> None:
    level, requests = documented()[resource]

    writes = any(request.startswith("POST") for request in requests)
    assert level == ("Write" if writes else "Read")


def test_a_permission_names_the_functions_that_need_it() -> None:
    orders, catalogue = callers("GORDER_MONGO_SECRET"), callers("GORDER_MYSQL_SECRET")
    payments = {"order_paid", "refund", "back_office", "audit"}
    catalogue -= {"audit"}
    expected = {
        "Checkout Sessions": orders - {"audit"},
        "PaymentIntents": orders,
        "Charges and Refunds": payments,
        "Disputes": payments,
        "Events": {"sweep"},
        "Products": catalogue,
        "Prices": catalogue,
        "Webhook Endpoints": {"webhook create"},
    }

    assert {row["resource"]: {*re.findall("`([^`]+)`", row["users"])} for row in rows()} == expected


def test_only_a_disputed_payment_takes_a_second_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHARGE, "disputed", False)
    http = RecordingHttpClient()

    StripeGateway(stripe.StripeClient("rk_test_x", http_client=http), STACK).page(ID)

    expanded = {f"expands {name}" for name in ("payment_intent", "latest_charge", "refunds")}
    assert http.requests == {"GET /v1/checkout/sessions/{id}", *expanded}


def test_the_adapters_have_no_other_methods() -> None:
    """A new method must be called by `recorded`."""
    adapters = (StripeGateway, StripeProducts, StripeEndpoints, StripeEventList, StripeLedger)
    methods = {name for each in adapters for name in vars(each) if not name.startswith("_")}

    pages = {"create_page", "expire_page", "page", "page_of", "refund"}
    events = {"undelivered", "about_money", "translate"}
    ledger = {"payments", "refunded", "disputed", "payment"}
    assert methods == pages | events | ledger | {"products", "product", "create"}
