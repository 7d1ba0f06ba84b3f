"""The local cloud uses the stand-in, or the real Stripe with a test key, never with a live one."""

import pytest

from devstack.console import StackError
from devstack.deployment import wiring
from devstack.real_stripe import API_BASE, account_in, key_in, main
from devstack.state import STANDIN_KEY, STANDIN_WEBHOOK_SECRET, Secrets, State

KEY = "sk_test_1"
STANDIN = "http://127.0.0.1:20001"
STATE = State(
    ports={"stripe": 20_001, "localstack": 20_002},
    secrets=Secrets(
        standin_api_key=f"{STANDIN_KEY}1", standin_webhook_secret=f"{STANDIN_WEBHOOK_SECRET}1"
    ),
)
STANDIN_VARIABLES = {  # as `eval "$(make -s env)"` sets them
    "STRIPE_API_BASE": STATE.stripe.api_base,
    "STRIPE_API_KEY": STATE.stripe.api_key,
    "STRIPE_WEBHOOK_SECRET": STATE.stripe.webhook_secret,
}


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({}, None),
        ({"STRIPE_API_KEY": ""}, None),
        ({"STRIPE_API_KEY": KEY}, KEY),
        ({"STRIPE_API_KEY": "rk_test_1"}, "rk_test_1"),
        ({"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": API_BASE}, KEY),
        (STANDIN_VARIABLES, None),
        (STANDIN_VARIABLES | {"STRIPE_API_KEY": KEY}, KEY),
    ],
)
def test_a_test_key_selects_the_real_stripe(environment: dict[str, str], key: str | None) -> None:
    assert key_in(environment) == key


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_"])
@pytest.mark.parametrize("base", [API_BASE, STANDIN])
def test_a_live_key_is_refused(prefix: str, base: str) -> None:
    with pytest.raises(StackError, match="live key") as raised:
        key_in({"STRIPE_API_KEY": f"{prefix}51x", "STRIPE_API_BASE": base})

    assert "51x" not in str(raised.value)


@pytest.mark.parametrize("key", ["pk_test_1", "whsec_1", "sk_1", " sk_test_1"])
def test_another_kind_of_key_is_refused(key: str) -> None:
    with pytest.raises(StackError, match="not a test key"):
        key_in({"STRIPE_API_KEY": key})


@pytest.mark.parametrize("environment", [{}, STANDIN_VARIABLES], ids=["new shell", "make env"])
def test_the_real_stripe_needs_its_webhook_secret(environment: dict[str, str]) -> None:
    with pytest.raises(StackError, match="stripe listen --print-secret"):
        account_in(environment | {"STRIPE_API_KEY": KEY})


def test_the_account_is_the_key_and_the_webhook_secret() -> None:
    real = {"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRET": "whsec_1"}
    account = account_in(STANDIN_VARIABLES | real)

    assert account is not None
    assert (account.api_base, account.api_key, account.webhook_secret) == (API_BASE, KEY, "whsec_1")


@pytest.mark.parametrize(
    ("key", "status", "message"),
    [
        ("", 0, "skipped, nothing was run: STRIPE_API_KEY is empty or not set"),
        (STATE.stripe.api_key, 0, "skipped, nothing was run: STRIPE_API_KEY is the stand-in's key"),
        ("sk_live_1", 1, "live key"),
    ],
)
def test_make_test_stripe_says_why_it_runs_nothing(
    key: str,
    status: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", key)

    assert main() == status
    assert message in capsys.readouterr().err


def test_an_account_replaces_the_stand_in_and_its_functions_are_deployed_again() -> None:
    account = account_in({"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRET": "whsec_1"})
    state = STATE
    real = state.model_copy(update={"real_stripe": account})

    assert state.stripe.api_base == STANDIN
    assert state.stripe.api_key == state.secrets.standin_api_key
    assert real.stripe == account
    assert wiring(real) != wiring(state)
    assert State.model_validate_json(real.model_dump_json()) == real
