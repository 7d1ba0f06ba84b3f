"""What can be paid at once: Stripe's bounds, in minor units.

https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

from typing import Final

MAX_AMOUNT: Final = 99_999_999
# Of other currencies it depends on the account's own.
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


def too_much(amount: int) -> int | None:
    """The most that can be paid, if the amount is more."""
    return MAX_AMOUNT if amount > MAX_AMOUNT else None


def too_little(amount: int, currency: str) -> int | None:
    """The least that can be paid, if the amount is less; nothing at all is no charge."""
    least = _MIN_AMOUNTS.get(currency, 0)
    return least if 0 < amount < least else None
