"""What one payment may be in each currency, as Stripe states it. All amounts are in minor units.

https://docs.stripe.com/currencies, from copies of the page: amounts of 2026-07-10, currencies of
2025 for an account in the US, with XCG, and the five of three decimals that an account in the UAE
has. Three of its statements need a reading:

- The demand that the last digit of three decimals is 0 is in the copy of 2022-12-31 and not in the
  later ones, which do not revoke it. It is kept.
- Cards take 12 digits, American Express 9 in most currencies, and other methods the maximum here:
  the customer chooses the method on Stripe's page, so the bound is one that most methods take.
- The minimum depends on the currency of the shop's bank account. Here it is that of an account in
  the same currency. Where the page states none, Stripe alone decides.

HUF and TWD are in steps of 100 in payouts only.

Standard library only, so that a model can import it.
"""

from dataclasses import dataclass
from typing import Final

from gorder.constraints import MAX_UNITS_PER_LINE

_EIGHT_DIGITS: Final = 99_999_999


@dataclass(frozen=True, slots=True)
class CurrencyRules:
    """A currency's rules.

    Attributes:
        decimals: how many digits of an amount follow the decimal point.
        step: each amount is a multiple of it.
        minimum: of one payment, or 0 if it is not known. An amount of 0 is not charged.
        maximum: of one payment.
    """

    code: str
    decimals: int = 2
    step: int = 1
    minimum: int = 0
    maximum: int = _EIGHT_DIGITS

    def broken_by_total(self, total: int) -> str | None:
        """Return the rule that a total breaks, or None if one payment can carry it."""
        bound = self._broken_by_any(total)
        if 0 < total < self.minimum:
            bound = f"below the minimum of {self.minimum}"
        return bound and f"the total of {total} is {bound} minor units of {self.code}"

    def broken_by_price(self, unit_amount: int) -> str | None:
        """Return the rule that no order of this product alone can keep, or None.

        Sums and multiples keep the step if each price does, so it is a property of prices.
        """
        if bound := self._broken_by_any(unit_amount):
            return f"its default price of {unit_amount} is {bound} minor units of {self.code}"
        if 0 < unit_amount * MAX_UNITS_PER_LINE < self.minimum:
            return (
                f"its default price of {unit_amount} is below the minimum of {self.minimum} minor "
                f"units of {self.code} even for {MAX_UNITS_PER_LINE} units"
            )
        return None

    def _broken_by_any(self, amount: int) -> str | None:
        if amount > self.maximum:
            return f"above the maximum of {self.maximum}"
        if amount % self.step:
            return f"not a multiple of {self.step}"
        return None


_MINIMUM_OF_50: Final = "ars aud brl cad chf cop eur idr ils inr jpy krw nzd php rub sgd usd zar"
_MINIMUMS: Final = (
    dict.fromkeys(_MINIMUM_OF_50.split(), 50)
    | {"gbp": 30}
    | {"aed": 200, "myr": 200, "pln": 200, "ron": 200}
    | {"dkk": 250, "nok": 300, "sek": 300, "hkd": 400}
    | {"czk": 1500, "huf": 17500, "mxn": 1000, "thb": 1000}
)
_MAXIMUMS: Final = {"idr": 999_999_999_999, "cop": 9_999_999_999, "inr": 999_999_999}
_ZERO_DECIMALS: Final = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMALS: Final = "bhd jod kwd omr tnd"  # the last digit is 0
_TWO_DECIMALS: Final = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf
    chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf
    idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn
    myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp
    sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg yer zar zmw
"""
_WHOLE_OF_TWO_DECIMALS: Final = "isk ugx"  # two decimals, always 00


def _rules(codes: str, *, decimals: int, step: int = 1) -> dict[str, CurrencyRules]:
    return {
        code: CurrencyRules(
            code, decimals, step, _MINIMUMS.get(code, 0), _MAXIMUMS.get(code, _EIGHT_DIGITS)
        )
        for code in codes.split()
    }


CURRENCIES: Final = (
    _rules(_ZERO_DECIMALS, decimals=0)
    | _rules(_TWO_DECIMALS, decimals=2)
    | _rules(_WHOLE_OF_TWO_DECIMALS, decimals=2, step=100)
    | _rules(_THREE_DECIMALS, decimals=3, step=10)
)
MAX_AMOUNT: Final = max(rules.maximum for rules in CURRENCIES.values())  # in any currency


def currency_rules(code: str) -> CurrencyRules:
    """Return the currency's rules.

    A code that is not in the table has two decimals, as Stripe says of every other currency. Stripe
    has accepted it for a price, so the table may be the older of the two.
    """
    return CURRENCIES.get(code) or CurrencyRules(code)


def money(amount: int, code: str) -> str:
    """Format an amount for people: 1150 eur is `11.50 EUR`, 1150 jpy is `1150 JPY`."""
    return f"{decimal_amount(amount, code)} {code.upper()}"


def decimal_amount(amount: int, code: str) -> str:
    """Format an amount without its currency: 1150 eur is `11.50`, -5 eur is `-0.05`."""
    if not (decimals := currency_rules(code).decimals):
        return str(amount)
    whole, part = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{decimals}}"
