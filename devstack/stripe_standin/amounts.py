"""Amounts in the words of Stripe's error messages. All amounts are in minor units."""

from gorder.currencies import money

SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}


def with_symbol(amount: int, currency: str) -> str:
    """Format an amount with its currency's symbol: 1250 eur is `€12.50`."""
    text = money(amount, currency)
    if symbol := SYMBOLS.get(currency):
        return f"{symbol}{text.partition(' ')[0]}"
    return text
