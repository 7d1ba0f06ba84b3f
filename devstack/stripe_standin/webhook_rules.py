"""How webhooks are delivered when a test wants them to misbehave."""

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """What happens to the webhooks of an event."""

    NORMAL = "normal"  # sent at once
    DROP = "drop"  # never sent; the event counts as not delivered
    DUPLICATE = "duplicate"  # sent twice
    DELAY = "delay"  # sent after `delay_seconds`
    HOLD = "hold"  # kept back until released
    SHUFFLE = "shuffle"  # each sent after a random part of `delay_seconds`


class Rule(BaseModel):
    """A mode for the next `times` events (all when None) of a type (any when None).

    Events that no endpoint wants do not count.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    type: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    delay_seconds: Annotated[float, Field(ge=0)] = 1.0


@dataclass(frozen=True)
class Plan:
    """What to do with one event: how many copies, after how long, held or dropped."""

    copies: int = 1
    delay_seconds: float = 0.0
    state: str = "pending"


class WebhookRules:
    """The rules in force, the first that matches wins. They end with the process."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def set(self, rule: Rule) -> None:
        """Put a rule in force in place of those for the same type; `normal` only removes."""
        with self._lock:
            self._rules = [
                old for old in self._rules if rule.type is not None and old.type != rule.type
            ]
            if rule.mode is not Mode.NORMAL:
                self._rules.append(rule)

    def plan(self, event_type: str) -> Plan:
        """Decide on an event, and count it against the rule that decided."""
        with self._lock:
            rule = next((r for r in self._rules if r.type in {None, event_type}), None)
            if rule is None:
                return Plan()
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
        return _plan_of(rule)


def _plan_of(rule: Rule) -> Plan:
    match rule.mode:
        case Mode.DROP:
            return Plan(state="failed")
        case Mode.DUPLICATE:
            return Plan(copies=2)
        case Mode.DELAY:
            return Plan(delay_seconds=rule.delay_seconds)
        case Mode.HOLD:
            return Plan(state="held")
        case Mode.SHUFFLE:
            return Plan(delay_seconds=random.uniform(0, rule.delay_seconds))  # noqa: S311 - an order, not a secret
        case Mode.NORMAL:
            return Plan()
