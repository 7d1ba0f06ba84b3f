"""Rules by which a test drops, duplicates, delays, holds or shuffles webhooks."""

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """How the webhooks of an event are delivered."""

    NORMAL = "normal"  # sent immediately
    DROP = "drop"  # never sent; the delivery counts as failed
    DUPLICATE = "duplicate"  # sent twice
    DELAY = "delay"  # sent after `delay_seconds`
    HOLD = "hold"  # sent when released
    SHUFFLE = "shuffle"  # each sent after a random time of up to `delay_seconds`


class Rule(BaseModel):
    """A mode for the next `times` events (all if None) of a type (any if None).

    Events without a subscribed endpoint do not count.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    type: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    delay_seconds: Annotated[float, Field(ge=0)] = 1.0


@dataclass(frozen=True)
class DeliveryPlan:
    """How to deliver one event: the number of copies, the delay, and the initial state."""

    copies: int = 1
    delay_seconds: float = 0.0
    state: str = "pending"


class WebhookRules:
    """The active rules, in memory. The first that matches an event applies."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def set(self, rule: Rule) -> None:
        """Replace the rules of the same type by this one. `normal` only removes them."""
        with self._lock:
            self._rules = [
                old for old in self._rules if rule.type is not None and old.type != rule.type
            ]
            if rule.mode is not Mode.NORMAL:
                self._rules.append(rule)

    def plan(self, event_type: str) -> DeliveryPlan:
        """Return the delivery plan of an event, and count it against the rule that applies."""
        with self._lock:
            rule = next((r for r in self._rules if r.type in {None, event_type}), None)
            if rule is None:
                return DeliveryPlan()
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
        return _delivery_plan(rule)


def _delivery_plan(rule: Rule) -> DeliveryPlan:
    match rule.mode:
        case Mode.DROP:
            return DeliveryPlan(state="failed")
        case Mode.DUPLICATE:
            return DeliveryPlan(copies=2)
        case Mode.DELAY:
            return DeliveryPlan(delay_seconds=rule.delay_seconds)
        case Mode.HOLD:
            return DeliveryPlan(state="held")
        case Mode.SHUFFLE:
            return DeliveryPlan(delay_seconds=random.uniform(0, rule.delay_seconds))  # noqa: S311 - not used for security
        case Mode.NORMAL:
            return DeliveryPlan()
