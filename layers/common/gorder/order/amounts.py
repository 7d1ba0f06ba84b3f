"""Stripe's minimum for one payment, in minor units. The maximum is in `gorder.constraints`.

https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

from typing import Final

# For other currencies the minimum depends on the currency of the Stripe account.
_MIN_AMOUNTS: Final = {
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    "usd": 50,
}


def min_amount(currency: str) -> int:
    """Return the smallest amount that can be charged, or 0 if it is not known."""
    return _MIN_AMOUNTS.get(currency, 0)
