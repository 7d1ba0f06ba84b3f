"""The total of a Checkout Session: its lines, a promotion code, and tax."""

from dataclasses import dataclass

from devstack.stripe_standin.amounts import with_symbol
from devstack.stripe_standin.errors import ApiError
from devstack.stripe_standin.stripe_json import JsonObject
from gorder.currencies import currency_rules

INVOICE_DATA: JsonObject = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": None,
    "metadata": {},
    "rendering_options": None,
}


@dataclass(frozen=True)
class DiscountAndTax:
    """What a promotion code takes off, and the tax: added to the prices, and included in them."""

    discount: int = 0
    tax: int = 0
    tax_included: int = 0


def initial(params: JsonObject, lines: list[JsonObject]) -> JsonObject:
    """Return the amounts of a new session, and the settings that can change them.

    Raises:
        ApiError: the currency does not allow the total.
    """
    total = sum(line["amount_total"] for line in lines)
    currency = lines[0]["currency"]
    _check_total(total, currency)
    tax = params.get("automatic_tax", {"enabled": False})["enabled"]
    invoices = params.get("invoice_creation", {"enabled": False})["enabled"]
    return {
        "payment_status": "unpaid" if total else "no_payment_required",
        "amount_subtotal": total,
        "amount_total": total,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "currency": currency,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "automatic_tax": {
            "enabled": tax,
            "liability": {"type": "self"} if tax else None,
            "provider": "stripe" if tax else None,
            "status": "requires_location_inputs" if tax else None,
        },
        "invoice_creation": {"enabled": invoices, "invoice_data": INVOICE_DATA},
    }


def changed(session: JsonObject, change: DiscountAndTax) -> JsonObject:
    """Return the amounts of the session with the discount and the tax.

    Raises:
        ApiError: the session takes no promotion codes or has no tax, the discount or the included
            tax is more than there is, or the currency does not allow the total.
    """
    subtotal = session["amount_subtotal"]
    if change.discount and not session["allow_promotion_codes"]:
        raise ApiError("This Checkout Session takes no promotion codes.")
    if (change.tax or change.tax_included) and not session["automatic_tax"]["enabled"]:
        raise ApiError("This Checkout Session has no automatic tax.")
    after_discount = subtotal - change.discount
    if change.tax_included > after_discount or after_discount < 0:
        raise ApiError(f"The discount or the included tax is more than the subtotal of {subtotal}.")
    total = after_discount + change.tax
    _check_total(total, session["currency"])
    status = {"status": "complete"} if session["automatic_tax"]["enabled"] else {}
    return {
        "payment_status": "unpaid" if total else "no_payment_required",
        "amount_total": total,
        "total_details": {
            "amount_discount": change.discount,
            "amount_shipping": 0,
            "amount_tax": change.tax + change.tax_included,
        },
        "automatic_tax": session["automatic_tax"] | status,
    }


def _check_total(total: int, currency: str) -> None:
    rules = currency_rules(currency)
    if 0 < total < rules.minimum:
        raise ApiError(
            "The Checkout Session's total amount due must add up to at least "
            f"{with_symbol(rules.minimum, currency)} {currency}",
            code="amount_too_small",
        )
    if total > rules.maximum:
        raise ApiError(
            "The Checkout Session's total amount due must add up to no more than "
            f"{with_symbol(rules.maximum, currency)} {currency}",
            code="amount_too_large",
        )
    if total % rules.step:
        raise ApiError(
            f"Invalid amount {total}: amounts in {currency} must be evenly divisible by "
            f"{rules.step}.",
            param="line_items",
        )
