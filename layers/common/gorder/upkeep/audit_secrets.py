"""Check the age of each secret: keys and passwords must be changed once a year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gorder.contracts.telemetry import Telemetry

# A month before the year ends. SecretAgeAlarm in template.yaml has the same threshold.
LONGEST_AGE_DAYS: Final = 335


@dataclass(frozen=True, slots=True)
class AuditSecrets:
    """Check the age of each secret."""


@dataclass(frozen=True, slots=True)
class AuditSecretsHandler:
    """Reads when each secret was changed, and never its value."""

    secret_ids: Sequence[str]
    changed_at: Callable[[str], datetime]
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def __call__(self, _query: AuditSecrets) -> None:
        """Record the age of the oldest secret in days; log each that must be changed.

        Raises:
            SecretsUnavailableError: Secrets Manager failed.
        """
        now = self.clock()
        ages = {secret_id: (now - self.changed_at(secret_id)).days for secret_id in self.secret_ids}
        self.telemetry.gauge("SecretAgeDays", max(ages.values()))
        for secret_id, days in ages.items():
            if days > LONGEST_AGE_DAYS:
                self.telemetry.warning("audit.secret_age", secret=secret_id, days=days)
