"""The time when a secret was last changed."""

import boto3
import pytest
from moto import mock_aws

from gorder.runtime.secrets import SecretsUnavailableError, secret_changed_at


def test_the_age_of_a_secret_counts_from_its_last_change() -> None:
    with mock_aws():
        manager = boto3.client("secretsmanager")
        manager.create_secret(Name="shop", SecretString="{}")
        made = secret_changed_at("shop")
        manager.put_secret_value(SecretId="shop", SecretString='{"key": "2"}')

        assert secret_changed_at("shop") >= made
        assert made.tzinfo is not None


def test_a_missing_secret_is_named() -> None:
    with mock_aws(), pytest.raises(SecretsUnavailableError, match="nowhere"):
        secret_changed_at("nowhere")
