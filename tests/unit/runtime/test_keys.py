"""A function does not start with a weak key: it raises, and names the secret and the field."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
import stripe
from moto import mock_aws

from gorder.bootstrap.create_order import order_id_key
from gorder.bootstrap.order_store import access_tokens
from gorder.bootstrap.stripe_account import stripe_account
from gorder.bootstrap.stripe_webhook import service
from gorder.order.access_token import Scope
from gorder.runtime.errors import MissingSettingError
from tests.fakes.clock import NOON

GOOD = "0123456789abcdef" * 4
WEAK = ["a", " ", "\t\t", " " * 64, "0" * 63]

type Save = Callable[[dict[str, str]], None]


@pytest.fixture
def save(monkeypatch: pytest.MonkeyPatch) -> Iterator[Save]:
    """Saves the secret of the tokens, of order ids, of webhooks and of calls to Stripe."""
    for variable in (
        "GORDER_ACCESS_TOKEN_SECRET",
        "GORDER_ORDER_ID_SECRET",
        "GORDER_STRIPE_WEBHOOK_SECRET",
        "GORDER_STRIPE_SECRET",
    ):
        monkeypatch.setenv(variable, "shop/keys")
    monkeypatch.setenv("GORDER_MONGO_SECRET", "shop/mongo")
    monkeypatch.setenv("GORDER_STRIPE_TOPIC_ARN", "arn:aws:sns:eu-central-1:123456789012:stripe")
    with mock_aws():
        manager = boto3.client("secretsmanager")

        def put(fields: dict[str, str]) -> None:
            manager.create_secret(Name="shop/keys", SecretString=json.dumps(fields))

        yield put


@pytest.mark.parametrize("field", ["current", "next", "previous"])
@pytest.mark.parametrize("weak", WEAK)
def test_a_weak_key_of_tokens_is_refused(save: Save, field: str, weak: str) -> None:
    save({"current": GOOD} | {field: weak})

    with pytest.raises(MissingSettingError, match=f"shop/keys.*'{field}'") as raised:
        access_tokens()

    assert f"'{weak}'" not in str(raised.value)


@pytest.mark.parametrize("weak", WEAK)
def test_a_weak_key_of_order_id_key_is_refused(save: Save, weak: str) -> None:
    save({"key": weak})

    with pytest.raises(MissingSettingError, match=r"shop/keys.*'key'"):
        order_id_key()


def test_keys_of_32_bytes_are_used(save: Save) -> None:
    save({"current": GOOD, "next": "1" * 64, "previous": ""})

    tokens = access_tokens()

    token = tokens.issue(Scope, "ann", "order-1", NOON)
    assert tokens.opens(token, Scope.READ, "ann", "order-1", NOON)


@pytest.mark.parametrize("secret", ["", " ", "whsec_", "whsec_1", "a" * 64])
def test_a_secret_that_stripe_did_not_make_verifies_no_webhook(save: Save, secret: str) -> None:
    save({"webhook_secret": secret})

    with pytest.raises(MissingSettingError, match=r"shop/keys.*'webhook_secret'"):
        service()


API_KEYS = ["rk_live_" + "a" * 16, "sk_test_51" + "A" * 90]
NOT_API_KEYS = [
    "",
    " ",
    "rk_",
    API_KEYS[0] + "\n",
    f" {API_KEYS[0]}",
    "pk_live_" + "a" * 16,
    "é" * 30,
]


@pytest.mark.parametrize("key", API_KEYS)
def test_a_restricted_or_secret_key_of_stripe_is_accepted(save: Save, key: str) -> None:
    save({"api_key": key})

    assert isinstance(stripe_account(), stripe.StripeClient)


@pytest.mark.parametrize("key", NOT_API_KEYS)
def test_another_text_is_no_key_of_stripe(save: Save, key: str) -> None:
    save({"api_key": key})

    with pytest.raises(MissingSettingError, match=r"shop/keys.*'api_key'"):
        stripe_account()
