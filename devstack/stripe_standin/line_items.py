"""The lines of a Checkout Session."""

import secrets

from devstack.stripe_standin import catalogue
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.blank import blank
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page
from devstack.stripe_standin.wire import JsonObject

MOST_LINES = 100
MOST_UNITS = 999_999


def new_line_items(account: Account, wanted: list[JsonObject]) -> list[JsonObject]:
    """Price the lines asked for.

    Raises:
        ApiError: none or more than 100 lines, a price that is unknown, inactive, recurring or
            customer-chosen, or more than one currency.
    """
    if not wanted:
        raise bad_param("Missing required param: line_items.", "line_items", "parameter_missing")
    if len(wanted) > MOST_LINES:
        raise bad_param(f"A maximum of {MOST_LINES} line items is allowed.", "line_items")
    lines = [_line(account, line, f"line_items[{at}]") for at, line in enumerate(wanted)]
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


def _line(account: Account, wanted: JsonObject, param: str) -> JsonObject:
    quantity = wanted.get("quantity")
    if quantity is None:
        raise bad_param(
            f"Missing required param: {param}[quantity].", f"{param}[quantity]", "parameter_missing"
        )
    if not 1 <= quantity <= MOST_UNITS:
        raise bad_param(f"The quantity must be 1 to {MOST_UNITS}.", f"{param}[quantity]")
    price = _price(account, wanted, param)
    amount = price["unit_amount"] * quantity
    return blank("item") | {
        "id": f"li_{secrets.token_hex(12)}",
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def _price(account: Account, wanted: JsonObject, param: str) -> JsonObject:
    if ("price" in wanted) == ("price_data" in wanted):
        raise bad_param("Exactly one of price and price_data is required for a line item.", param)
    if "price_data" in wanted:
        return _ad_hoc_price(account, wanted["price_data"], f"{param}[price_data]")
    price = account.get("price", wanted["price"], f"{param}[price]")
    if not price["active"]:
        raise ApiError(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{param}[price]",
        )
    if price["type"] == "recurring":
        raise ApiError(
            "You specified `payment` mode but passed a recurring price.", param=f"{param}[price]"
        )
    if price["unit_amount"] is None:
        raise ApiError(
            "A price whose amount the customer chooses is not served by this stand-in.",
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
