"""A secret that is almost a year old is logged."""

from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from gorder.runtime.secrets import SecretsUnavailableError, secret_changed_at
from gorder.upkeep.audit_secrets import AuditSecrets, AuditSecretsHandler
from tests.fakes.clock import NOON
from tests.fakes.telemetry import MemoryTelemetry


def test_the_highest_age_is_measured_and_each_old_secret_is_logged() -> None:
    changed = {"new": NOON, "old": NOON - timedelta(days=336), "soon": NOON - timedelta(days=335)}
    telemetry = MemoryTelemetry()

    AuditSecretsHandler(list(changed), changed.__getitem__, lambda: NOON, telemetry)(AuditSecrets())

    assert telemetry.gauges == {"SecretAgeDays": 336}
    assert telemetry.lines == [("audit.secret_age", {"secret": "old", "days": 336})]


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
