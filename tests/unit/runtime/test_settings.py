"""A function reads its settings from the environment."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from gorder.bootstrap.payment_link import page_options
from gorder.bootstrap.settings import (
    KitchenSettings,
    MenuSettings,
    OrderTokenSettings,
    PaymentLinkSettings,
    StripeApiSettings,
    TimeToPaySettings,
    load,
)
from gorder.runtime.errors import MissingSettingError
from tests.fakes.examples import PAGE_OPTIONS

SWITCHES = ("GORDER_PROMOTION_CODES", "GORDER_AUTOMATIC_TAX", "GORDER_INVOICES")
VARIABLES = (
    "GORDER_MONGO_SECRET",
    "GORDER_ACCESS_TOKEN_SECRET",
    "GORDER_KITCHEN_QUEUE_URL",
    "GORDER_COOKING_SECONDS",
    "GORDER_ORDER_TTL_MINUTES",
    "GORDER_STRIPE_SECRET",
    "STRIPE_API_BASE",
    "GORDER_RETURN_URL",
    "GORDER_STACK",
    "GORDER_MENU_PRODUCTS",
    *SWITCHES,
)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_settings_are_read_from_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GORDER_KITCHEN_QUEUE_URL", "https://queue")
    monkeypatch.setenv("GORDER_COOKING_SECONDS", "7")

    settings = load(KitchenSettings)

    assert (settings.queue_url, settings.cooking_seconds) == ("https://queue", 7)


def test_every_missing_or_empty_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GORDER_ACCESS_TOKEN_SECRET", "")

    both = r"GORDER_MONGO_SECRET.*GORDER_ACCESS_TOKEN_SECRET"
    with pytest.raises(MissingSettingError, match=both):
        load(OrderTokenSettings)


def test_an_invalid_number_is_named_and_its_text_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GORDER_KITCHEN_QUEUE_URL", "https://queue")
    monkeypatch.setenv("GORDER_COOKING_SECONDS", "soon")

    with pytest.raises(MissingSettingError, match="GORDER_COOKING_SECONDS") as raised:
        load(KitchenSettings)

    assert "soon" not in str(raised.value)


def test_the_default_stripe_api_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GORDER_STRIPE_SECRET", "gorder/stripe")

    assert load(StripeApiSettings).api_base == "https://api.stripe.com"


@pytest.mark.parametrize(
    "url",
    [
        *("https://shop.example/thanks?a=b", "http://localhost:3000/", "http://127.0.0.1:3000"),
        *("https://shop.example/order/{order_id}", "https://shop.example/?{CHECKOUT_SESSION_ID}"),
        "https://shop.example/" + "a" * 2027,
    ],
)
def test_a_page_after_the_payment_has_tls_or_is_local(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_RETURN_URL", url)

    assert load(PaymentLinkSettings).return_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://shop.example", "javascript:alert(1)", "//shop.example", "https://./a"),
        *("https://shop.example:99999", "http://127.0.0.2/", "https://shop.example/" + "a" * 2028),
        *("https://shop.example/{order}", "https://{order_id}.example/"),
    ],
)
def test_another_page_after_the_payment_is_refused_in_words(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_RETURN_URL", url)

    with pytest.raises(MissingSettingError) as raised:
        load(PaymentLinkSettings)

    assert str(raised.value) == (
        "GORDER_RETURN_URL: must be https://host/path of at most 2048 characters, with {order_id} "
        "or {CHECKOUT_SESSION_ID} or no braces; http is for localhost and 127.0.0.1"
    )


def test_what_changes_the_price_of_a_page_is_off_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GORDER_RETURN_URL", PAGE_OPTIONS.return_url)

    assert page_options(load(PaymentLinkSettings)) == PAGE_OPTIONS


@pytest.mark.parametrize("name", SWITCHES)
def test_each_switch_changes_its_option(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GORDER_RETURN_URL", PAGE_OPTIONS.return_url)
    for each in SWITCHES:
        monkeypatch.setenv(each, "true" if each == name else "false")

    options = page_options(load(PaymentLinkSettings))

    on = {field for field, value in asdict(options).items() if value is True}
    assert on == {name.removeprefix("GORDER_").lower()}


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("value", ["", "yes", "True", "1", " true"])
def test_a_switch_that_is_neither_true_nor_false_is_refused_in_words(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_RETURN_URL", PAGE_OPTIONS.return_url)
    monkeypatch.setenv(name, value)

    with pytest.raises(MissingSettingError, match=f"^{name}: must be true or false$"):
        load(PaymentLinkSettings)


@pytest.mark.parametrize("minutes", ["30", "1380"])
def test_the_time_to_pay_is_within_stripes_limits(
    minutes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_ORDER_TTL_MINUTES", minutes)

    time_to_pay = load(TimeToPaySettings).time_to_pay

    assert timedelta(minutes=30) < time_to_pay < timedelta(hours=24)


@pytest.mark.parametrize("minutes", ["29", "1381"])
def test_a_time_to_pay_beyond_stripes_limits_is_refused(
    minutes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_ORDER_TTL_MINUTES", minutes)

    with pytest.raises(MissingSettingError, match="GORDER_ORDER_TTL_MINUTES"):
        load(TimeToPaySettings)


def test_which_products_are_on_the_menu_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line without the stack's parameter would put others' products on the menu."""
    monkeypatch.setenv("GORDER_STACK", "gorder")

    with pytest.raises(MissingSettingError, match="GORDER_MENU_PRODUCTS"):
        load(MenuSettings)


@pytest.mark.parametrize("value", ["", "none", "Marked"])
def test_another_choice_of_products_is_refused_in_words(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GORDER_STACK", "gorder")
    monkeypatch.setenv("GORDER_MENU_PRODUCTS", value)

    with pytest.raises(MissingSettingError, match=r"GORDER_MENU_PRODUCTS: .*'all' or 'marked'"):
        load(MenuSettings)
