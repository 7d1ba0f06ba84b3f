"""Secrets are read from Secrets Manager."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from gorder.runtime.errors import MissingSettingError
from gorder.runtime.secrets import (
    SecretsUnavailableError,
    read_secret,
    require_field,
    require_key,
    require_webhook_secret,
)

type Put = Callable[[str], None]


@pytest.fixture
def put() -> Iterator[Put]:
    """Saves the secret named `shop`."""
    with mock_aws():
        manager = boto3.client("secretsmanager")
        yield lambda text: (manager.create_secret(Name="shop", SecretString=text), None)[1]


def test_a_secret_is_its_text_fields(put: Put) -> None:
    put('{"url": "mysql://…", "user": "ann", "port": 3306, "name": null}')

    assert read_secret("shop") == {"url": "mysql://…", "user": "ann"}
    assert require_field(read_secret("shop"), "user", "shop") == "ann"


@pytest.mark.parametrize("text", ["soup", "[]", '"text"', "[" * 60_000])
def test_an_invalid_secret_is_named_and_its_text_is_not_shown(put: Put, text: str) -> None:
    put(text)

    with pytest.raises(MissingSettingError, match="secret shop is not") as raised:
        read_secret("shop")

    assert text not in str(raised.value)


@pytest.mark.parametrize("text", ["{}", '{"user": ""}', '{"user": 1}'])
def test_a_missing_or_empty_field_is_named(put: Put, text: str) -> None:
    put(text)

    with pytest.raises(MissingSettingError, match="shop needs a non-empty text field 'user'"):
        require_field(read_secret("shop"), "user", "shop")


@pytest.mark.usefixtures("put")
def test_a_failure_of_secrets_manager_is_transient() -> None:
    with pytest.raises(SecretsUnavailableError, match="shop"):
        read_secret("shop")


@pytest.mark.parametrize("key", ["0123456789abcdef" * 4, "AB" * 32, "0" * 128])
def test_a_key_has_32_bytes_or_more(key: str) -> None:
    assert require_key({"current": key}, "current", "shop") == key


@pytest.mark.parametrize(
    "key",
    ["", "a", " ", "\t", " " * 64, "0" * 63, "0" * 63 + "g", "0" * 64 + "\n", "\u0660" * 64],
)
def test_another_key_is_refused_by_name_and_is_not_shown(key: str) -> None:
    with pytest.raises(MissingSettingError, match=r"secret shop.*'current'") as raised:
        require_key({"current": key}, "current", "shop")

    assert not key or f" {key}" not in str(raised.value)


@pytest.mark.parametrize("secret", ["whsec_" + "a1" * 12, "whsec_" + "-_+/=x" * 4])
def test_a_webhook_secret_has_stripes_form(secret: str) -> None:
    assert require_webhook_secret({"webhook_secret": secret}, "webhook_secret", "shop") == secret


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_short",
        "whsec_" + "a" * 23,
        "whsec_" + " " * 32,
        "sk_test_" + "a" * 32,
        "a" * 64,
    ],
)
def test_another_webhook_secret_is_refused_by_name_and_is_not_shown(secret: str) -> None:
    with pytest.raises(MissingSettingError, match=r"secret shop.*'webhook_secret'") as raised:
        require_webhook_secret({"webhook_secret": secret}, "webhook_secret", "shop")

    assert len(secret) < 8 or secret not in str(raised.value)
