"""A secret that is almost a year old is logged."""

from datetime import timedelta

from gorder.upkeep.audit_secrets import AuditSecrets, AuditSecretsHandler
from tests.fakes.clock import NOON
from tests.fakes.telemetry import MemoryTelemetry


def test_the_highest_age_is_measured_and_each_old_secret_is_logged() -> None:
    changed = {"new": NOON, "old": NOON - timedelta(days=336), "soon": NOON - timedelta(days=335)}
    telemetry = MemoryTelemetry()
    audit = AuditSecretsHandler(
        secret_ids=list(changed),
        changed_at=changed.__getitem__,
        clock=lambda: NOON,
        telemetry=telemetry,
    )

    audit(AuditSecrets())

    assert telemetry.gauges == {"SecretAgeDays": 336}
    assert telemetry.lines == [("audit.secret_age", {"secret": "old", "days": 336})]
