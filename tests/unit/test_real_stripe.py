"""Which Stripe is meant: the stand-in, unless there is a key of test mode. Never a live one."""

import pytest

from devstack.console import StackError
from devstack.deployment import wiring
from devstack.real_stripe import API_BASE, account_in, key_in, main
from devstack.state import State

KEY = "sk_test_1"
STANDIN = "http://127.0.0.1:20001"


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({}, None),
        ({"STRIPE_API_KEY": ""}, None),
        ({"STRIPE_API_KEY": KEY}, KEY),
        ({"STRIPE_API_KEY": "rk_test_1"}, "rk_test_1"),
        ({"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": API_BASE}, KEY),
        ({"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": STANDIN}, None),  # eval "$(make -s env)"
    ],
)
def test_a_test_key_means_the_real_stripe(environment: dict[str, str], key: str | None) -> None:
    assert key_in(environment) == key


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_"])
@pytest.mark.parametrize("base", [API_BASE, STANDIN])
def test_a_live_key_is_refused(prefix: str, base: str) -> None:
    with pytest.raises(StackError, match="live key") as raised:
        key_in({"STRIPE_API_KEY": f"{prefix}51x", "STRIPE_API_BASE": base})

    assert "51x" not in str(raised.value)


@pytest.mark.parametrize("key", ["pk_test_1", "whsec_1", "sk_1", " sk_test_1"])
def test_another_kind_of_key_is_refused(key: str) -> None:
    with pytest.raises(StackError, match="no test key"):
        key_in({"STRIPE_API_KEY": key})


def test_the_real_stripes_webhooks_need_their_secret() -> None:
    with pytest.raises(StackError, match="stripe listen --print-secret"):
        account_in({"STRIPE_API_KEY": KEY})

    account = account_in({"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRET": "whsec_1"})
    assert account is not None
    assert (account.api_base, account.api_key, account.webhook_secret) == (API_BASE, KEY, "whsec_1")


@pytest.mark.parametrize(
    ("key", "status", "said"),
    [("", 0, "skipped, nothing was run"), ("sk_live_1", 1, "live key")],
)
def test_make_test_stripe_without_a_test_key(
    key: str,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STRIPE_API_KEY", key)

    assert main() == status
    assert said in capsys.readouterr().err


def test_a_stack_with_an_account_talks_to_it_and_its_functions_are_told() -> None:
    account = account_in({"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRET": "whsec_1"})
    state = State(ports={"stripe": 20_001, "localstack": 20_002})
    real = state.model_copy(update={"real_stripe": account})

    assert state.stripe.api_base == STANDIN
    assert state.stripe.api_key == state.secrets.standin_api_key
    assert real.stripe == account
    assert wiring(real) != wiring(state)
    assert State.model_validate_json(real.model_dump_json()) == real
