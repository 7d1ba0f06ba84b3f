"""The outcome of new refunds, which a test chooses."""

import threading
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

type FailureReason = Literal[
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
]


class NewRefundRule(BaseModel):
    """The status of the next `times` refunds (all if None), and its reason."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["failed", "pending", "succeeded"]
    failure_reason: FailureReason = "unknown"
    pending_reason: Literal["charge_pending", "insufficient_funds", "processing"] = "processing"
    times: Annotated[int, Field(ge=1)] | None = None

    def fields(self) -> dict[str, str]:
        """Return the fields of a refund with this outcome."""
        reasons: dict[str, dict[str, str]] = {
            "failed": {"failure_reason": self.failure_reason},
            "pending": {"pending_reason": self.pending_reason},
            "succeeded": {},
        }
        return {"status": self.status, **reasons[self.status]}


class NewRefundRules:
    """The active rule, in memory. Without one, refunds succeed."""

    def __init__(self) -> None:
        self._rule: NewRefundRule | None = None
        self._lock = threading.Lock()

    def set(self, rule: NewRefundRule | None) -> None:
        with self._lock:
            self._rule = rule

    def take(self) -> NewRefundRule:
        """Return the rule for a new refund, and count the refund against it."""
        with self._lock:
            rule = self._rule
            if rule is None:
                return NewRefundRule(status="succeeded")
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rule = None
            return rule
