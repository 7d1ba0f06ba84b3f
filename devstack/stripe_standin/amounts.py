"""Amounts of money as text. All amounts are in minor units."""

WITHOUT_CENTS = frozenset({"clp", "jpy", "krw", "ugx", "vnd", "xaf", "xof", "xpf"})
SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}


def money(amount: int, currency: str) -> str:
    """Format an amount for a page: 1250 eur is `12.50 EUR`."""
    return f"{_decimal(amount, currency)} {currency.upper()}"


def with_symbol(amount: int, currency: str) -> str:
    """Format an amount as Stripe's error messages do: 1250 eur is `€12.50`."""
    if currency not in SYMBOLS:
        return money(amount, currency)
    return f"{SYMBOLS[currency]}{_decimal(amount, currency)}"


def _decimal(amount: int, currency: str) -> str:
    if currency in WITHOUT_CENTS:
        return str(amount)
    return f"{amount // 100}.{amount % 100:02}"
