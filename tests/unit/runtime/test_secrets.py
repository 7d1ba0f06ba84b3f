"""Secrets are read from Secrets Manager."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from gorder.runtime.errors import MissingSettingError
from gorder.runtime.secrets import SecretsUnavailableError, read_secret, secret_field

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
    assert secret_field("shop", "user") == "ann"


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
        secret_field("shop", "user")


@pytest.mark.usefixtures("put")
def test_a_failure_of_secrets_manager_is_transient() -> None:
    with pytest.raises(SecretsUnavailableError, match="shop"):
        read_secret("shop")
