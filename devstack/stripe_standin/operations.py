"""The API operations that the stand-in supports, and the parameters of each.

A parameter that the SDK does not know is rejected as Stripe rejects it. A parameter that Stripe
has and the stand-in does not support is rejected by name. No parameter is silently ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devstack.stripe_standin import (
    catalogue,
    checkout,
    disputes,
    endpoints,
    events,
    line_items,
    payments,
    refunds,
)
from devstack.stripe_standin.errors import bad_param, from_violation, param_name
from devstack.stripe_standin.form import typed
from devstack.stripe_standin.sdk_schema import Path, params_schema
from devstack.stripe_standin.stripe_json import JsonObject

PAGING = "limit starting_after ending_before created expand"
PRICE_DATA = "currency unit_amount custom_unit_amount metadata recurring"
AD_HOC_PRICE = (
    "currency product unit_amount product_data.name product_data.description "
    "product_data.images product_data.metadata"
)


@dataclass(frozen=True)
class Operation:
    """An API operation. `run` takes the account, the parameters and the ids in the path."""

    method: str
    path: re.Pattern[str]
    params_name: str
    supported: frozenset[str]
    run: Callable[..., JsonObject]

    def read_params(self, form: JsonObject) -> JsonObject:
        """Convert a form to typed parameters and validate them.

        Raises:
            ApiError: a parameter is unknown, missing, of the wrong type or not supported.
        """
        schema = params_schema(self.params_name)
        params: Any = typed(form, schema)
        for violation in schema.violations(params, ()):
            raise from_violation(violation)
        for path in _leaves(params, ()):
            names = [part for part in path if isinstance(part, str)]
            if not any(".".join(names[:n]) in self.supported for n in range(1, len(names) + 1)):
                param = param_name(path)
                raise bad_param(
                    f"{param} is a parameter of Stripe that the stand-in does not support.", param
                )
        result: JsonObject = params
        return result


def find_operation(method: str, path: str) -> tuple[Operation, tuple[str, ...]] | None:
    """Find the operation of a request and the ids in its path."""
    for operation in OPERATIONS:
        matched = operation.path.fullmatch(path)
        if operation.method == method and matched:
            return operation, matched.groups()
    return None


def _leaves(value: object, path: Path) -> list[Path]:
    if isinstance(value, dict) and value:
        return [leaf for key, each in value.items() for leaf in _leaves(each, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for at, each in enumerate(value) for leaf in _leaves(each, (*path, at))]
    return [path] if path else []


def _operation(
    route: str, params_name: str, run: Callable[..., JsonObject], supported: str
) -> Operation:
    method, path = route.split()
    pattern = re.compile(path.replace("{id}", "([^/]+)"))
    return Operation(method, pattern, params_name, frozenset(supported.split()), run)


def _under(prefix: str, names: str) -> str:
    return " ".join(f"{prefix}.{name}" for name in names.split())


OPERATIONS = (
    _operation(
        "POST /v1/products",
        "ProductCreateParams",
        catalogue.create_product,
        "id name active description images metadata expand "
        f"{_under('default_price_data', PRICE_DATA)}",
    ),
    _operation(
        "GET /v1/products/{id}", "ProductRetrieveParams", catalogue.retrieve_product, "expand"
    ),
    _operation(
        "POST /v1/products/{id}",
        "ProductUpdateParams",
        catalogue.update_product,
        "active default_price description images metadata name expand",
    ),
    _operation(
        "GET /v1/products", "ProductListParams", catalogue.list_products, f"ids active {PAGING}"
    ),
    _operation(
        "POST /v1/prices",
        "PriceCreateParams",
        catalogue.create_price,
        f"active product lookup_key nickname expand {PRICE_DATA}",
    ),
    _operation("GET /v1/prices/{id}", "PriceRetrieveParams", catalogue.retrieve_price, "expand"),
    _operation(
        "POST /v1/prices/{id}",
        "PriceUpdateParams",
        catalogue.update_price,
        "active lookup_key nickname metadata expand",
    ),
    _operation(
        "GET /v1/prices",
        "PriceListParams",
        catalogue.list_prices,
        f"active currency product type lookup_keys {PAGING}",
    ),
    _operation(
        "POST /v1/checkout/sessions",
        "checkout.SessionCreateParams",
        checkout.create,
        "mode success_url cancel_url client_reference_id customer_email expires_at locale metadata "
        "submit_type adaptive_pricing allow_promotion_codes automatic_tax.enabled "
        "invoice_creation.enabled line_items.price line_items.quantity "
        f"{_under('payment_intent_data', 'metadata description receipt_email')} "
        f"{_under('line_items.price_data', AD_HOC_PRICE)} expand",
    ),
    _operation(
        "GET /v1/checkout/sessions/{id}",
        "checkout.SessionRetrieveParams",
        checkout.retrieve,
        "expand",
    ),
    _operation(
        "GET /v1/checkout/sessions",
        "checkout.SessionListParams",
        checkout.list_sessions,
        f"payment_intent status {PAGING}",
    ),
    _operation(
        "POST /v1/checkout/sessions/{id}/expire",
        "checkout.SessionExpireParams",
        checkout.expire,
        "expand",
    ),
    _operation(
        "GET /v1/checkout/sessions/{id}/line_items",
        "checkout.SessionListLineItemsParams",
        line_items.list_line_items,
        "limit starting_after expand",
    ),
    _operation(
        "GET /v1/payment_intents/{id}",
        "PaymentIntentRetrieveParams",
        payments.retrieve_intent,
        "expand",
    ),
    _operation("GET /v1/payment_intents", "PaymentIntentListParams", payments.list_intents, PAGING),
    _operation("GET /v1/charges/{id}", "ChargeRetrieveParams", payments.retrieve_charge, "expand"),
    _operation(
        "POST /v1/refunds",
        "RefundCreateParams",
        refunds.create,
        "amount charge payment_intent metadata reason expand",
    ),
    _operation("GET /v1/refunds/{id}", "RefundRetrieveParams", refunds.retrieve, "expand"),
    _operation(
        "GET /v1/refunds",
        "RefundListParams",
        refunds.list_refunds,
        f"charge payment_intent {PAGING}",
    ),
    _operation("GET /v1/disputes/{id}", "DisputeRetrieveParams", disputes.retrieve, "expand"),
    _operation(
        "GET /v1/disputes",
        "DisputeListParams",
        disputes.list_disputes,
        f"charge payment_intent {PAGING}",
    ),
    _operation("GET /v1/events/{id}", "EventRetrieveParams", events.retrieve, "expand"),
    _operation(
        "GET /v1/events",
        "EventListParams",
        events.list_events,
        f"type types delivery_success {PAGING}",
    ),
    _operation(
        "POST /v1/webhook_endpoints",
        "WebhookEndpointCreateParams",
        endpoints.create,
        "url enabled_events api_version description metadata expand",
    ),
    _operation(
        "GET /v1/webhook_endpoints",
        "WebhookEndpointListParams",
        endpoints.list_endpoints,
        "limit starting_after expand",
    ),
    _operation(
        "DELETE /v1/webhook_endpoints/{id}", "WebhookEndpointDeleteParams", endpoints.delete, ""
    ),
)
