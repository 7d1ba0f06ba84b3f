"""How long ago each secret was changed: keys and passwords are to be changed once a year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gorder.contracts.telemetry import Telemetry

_TOLD_FROM_DAYS: Final = 335  # a month before the year is over; the alarm rings from here on


@dataclass(frozen=True, slots=True)
class AuditSecrets:
    """Time to look at the secrets."""


@dataclass(frozen=True, slots=True)
class AuditSecretsHandler:
    """Reads when they were changed, and not what is in them."""

    secret_ids: Sequence[str]
    changed_at: Callable[[str], datetime]
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def __call__(self, _message: AuditSecrets) -> None:
        """Tell the age of the oldest in days, and name those that are to be changed.

        Raises:
            SecretsUnavailableError: Secrets Manager failed.
        """
        now = self.clock()
        ages = {secret_id: (now - self.changed_at(secret_id)).days for secret_id in self.secret_ids}
        self.telemetry.gauge("SecretAgeDays", max(ages.values()))
        for secret_id, days in ages.items():
            if days > _TOLD_FROM_DAYS:
                self.telemetry.warning("audit.secret_age", secret=secret_id, days=days)
