"""The line items of a Checkout Session."""

import secrets

from devstack.stripe_standin import catalogue
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.resource_defaults import default_resource
from devstack.stripe_standin.stripe_json import JsonObject

MAX_LINE_ITEMS = 100
MAX_QUANTITY = 999_999


def new_line_items(account: Account, requested: list[JsonObject]) -> list[JsonObject]:
    """Create priced line items for the requested ones.

    Raises:
        ApiError: there are no or more than 100 line items, a price is unknown, inactive, of an
            inactive product, recurring or customer-chosen, or the currencies differ.
    """
    if not requested:
        raise bad_param("Missing required param: line_items.", "line_items", "parameter_missing")
    if len(requested) > MAX_LINE_ITEMS:
        raise bad_param(f"A maximum of {MAX_LINE_ITEMS} line items is allowed.", "line_items")
    lines = [_line(account, line, f"line_items[{at}]") for at, line in enumerate(requested)]
    currencies = {line["currency"] for line in lines}
    if len(currencies) > 1:
        raise ApiError(
            "All prices in a Checkout Session must be in the same currency; got "
            f"{', '.join(sorted(currencies))}.",
            param="line_items",
        )
    return lines


def list_line_items(account: Account, params: JsonObject, session_id: str) -> JsonObject:
    account.get("checkout.session", session_id)
    lines = account.store.private(session_id)["line_items"]
    return list_page(lines, params, f"/v1/checkout/sessions/{session_id}/line_items")


def _line(account: Account, requested: JsonObject, param: str) -> JsonObject:
    quantity = requested.get("quantity")
    if quantity is None:
        raise bad_param(
            f"Missing required param: {param}[quantity].", f"{param}[quantity]", "parameter_missing"
        )
    if not 1 <= quantity <= MAX_QUANTITY:
        raise bad_param(f"The quantity must be 1 to {MAX_QUANTITY}.", f"{param}[quantity]")
    price = _price(account, requested, param)
    amount = price["unit_amount"] * quantity
    return default_resource("item") | {
        "id": f"li_{secrets.token_hex(12)}",
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def _price(account: Account, requested: JsonObject, param: str) -> JsonObject:
    if ("price" in requested) == ("price_data" in requested):
        raise bad_param("Exactly one of price and price_data is required for a line item.", param)
    if "price_data" in requested:
        return _ad_hoc_price(account, requested["price_data"], f"{param}[price_data]")
    price = account.get("price", requested["price"], f"{param}[price]")
    if not price["active"]:
        raise ApiError(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{param}[price]",
        )
    if not account.get("product", price["product"])["active"]:
        raise ApiError(
            f"Price `{price['id']}` is not available to be purchased because its product is not "
            "active.",
            param=f"{param}[price]",
        )
    if price["type"] == "recurring":
        raise ApiError(
            "You specified `payment` mode but passed a recurring price.", param=f"{param}[price]"
        )
    if price["unit_amount"] is None:
        raise ApiError(
            "The stand-in does not support a price whose amount the customer chooses.",
            param=f"{param}[price]",
        )
    return price


def _ad_hoc_price(account: Account, data: JsonObject, param: str) -> JsonObject:
    if ("product" in data) == ("product_data" in data):
        raise bad_param("Exactly one of product and product_data is required.", param)
    if "product" in data:
        account.get("product", data["product"], f"{param}[product]")
        product_id = data["product"]
    else:
        product = catalogue.new_product(account, data["product_data"]) | {"active": False}
        account.store.add(product)
        product_id = product["id"]
    price = catalogue.new_price(account, data | {"product": product_id, "active": False})
    account.store.add(price)
    return price
