"""The currencies that Stripe takes, and what it takes in each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gorder.constraints import MAX_INTEGER, MAX_LINES, MAX_UNITS_PER_LINE
from gorder.currencies import CURRENCIES, MAX_AMOUNT, currency_rules, money

# Stripe's list for an account in the US, in its order (docs.stripe.com/currencies, a copy of 2025).
PRESENTMENT = """
    USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JPY KES KGS KHR KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD
    MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS
    UAH UGX UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
"""
ZERO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
LATER = {"XCG"}  # replaces ANG
OF_ACCOUNTS_IN_THE_UAE = {"BHD", "JOD", "KWD", "OMR", "TND"}

ANY = st.sampled_from(sorted(CURRENCIES))


def test_the_table_has_every_currency_of_stripe_and_no_other() -> None:
    listed = {*PRESENTMENT.split()} | LATER | OF_ACCOUNTS_IN_THE_UAE
    assert {code.upper() for code in CURRENCIES} == listed


def test_each_currency_has_the_decimals_and_the_step_that_stripe_states() -> None:
    groups: dict[tuple[int, int], set[str]] = {}
    for code, rules in CURRENCIES.items():
        assert rules.code == code
        groups.setdefault((rules.decimals, rules.step), set()).add(code)
    two_decimals = groups.pop((2, 1))
    assert {"eur", "huf", "twd", "idr", "cop"} < two_decimals
    assert groups == {
        (0, 1): set(ZERO_DECIMALS.lower().split()),
        (2, 100): {"isk", "ugx"},
        (3, 10): {"bhd", "jod", "kwd", "omr", "tnd"},
    }


def test_bounds_keep_the_step_and_fit_every_store() -> None:
    for rules in CURRENCIES.values():
        assert rules.minimum % rules.step == 0
        assert rules.minimum < rules.maximum <= MAX_AMOUNT <= MAX_INTEGER


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ((1150, "eur"), "11.50 EUR"),
        ((5, "eur"), "0.05 EUR"),
        ((1150, "jpy"), "1150 JPY"),
        ((1500, "kwd"), "1.500 KWD"),
        ((20, "kwd"), "0.020 KWD"),
        ((500, "ugx"), "5.00 UGX"),
        ((999_999_999_999, "idr"), "9999999999.99 IDR"),
        ((1150, "xxx"), "11.50 XXX"),
        ((-5, "eur"), "-0.05 EUR"),
        ((-1150, "jpy"), "-1150 JPY"),
    ],
)
def test_an_amount_is_shown_with_the_decimals_of_its_currency(
    amount: tuple[int, str], text: str
) -> None:
    assert money(*amount) == text


def test_nothing_is_charged_for_a_total_of_0() -> None:
    assert not any(rules.broken_by_total(0) for rules in CURRENCIES.values())
    assert not any(rules.broken_by_price(0) for rules in CURRENCIES.values())


@given(
    ANY,
    st.lists(
        st.tuples(st.integers(0, 2 * MAX_AMOUNT), st.integers(1, MAX_UNITS_PER_LINE)),
        min_size=1,
        max_size=MAX_LINES,
    ),
)
def test_a_total_of_allowed_prices_keeps_the_step(code: str, lines: list[tuple[int, int]]) -> None:
    rules = currency_rules(code)
    bounded = [(price % (rules.maximum + 1), units) for price, units in lines]
    rounded = [(price - price % rules.step, units) for price, units in bounded]
    allowed = [line for line in rounded if not rules.broken_by_price(line[0])]
    total = sum(price * units for price, units in allowed)
    assert total % rules.step == 0
    assert "multiple" not in (rules.broken_by_total(total) or "")


@given(ANY, st.integers(0, 2 * MAX_AMOUNT))
def test_a_price_is_allowed_if_some_number_of_units_can_be_paid(code: str, price: int) -> None:
    rules = currency_rules(code)
    if rules.broken_by_price(price):
        # Some units of a price that breaks the step may keep it, but one unit never does.
        too_low = rules.broken_by_total(price * MAX_UNITS_PER_LINE)
        assert too_low or rules.broken_by_total(price)
    else:
        units = -(-rules.minimum // price) if price else 1
        assert units <= MAX_UNITS_PER_LINE
        assert rules.broken_by_total(price * max(units, 1)) is None
