"""Stripe's list of events in memory."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime

from gorder.payment.adapters.stripe_webhook import ABOUT_MONEY, UNDERSTOOD, translate
from gorder.payment.model import ListedEvent
from gorder.payment.ports import PaymentGatewayUnavailableError, StripeFact
from tests.fakes.examples import STACK
from tests.fakes.faults import Faults
from tests.fakes.webhooks import event


class MemoryStripeEvents:
    """`StripeEvents` with the events that a test adds."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._events: list[tuple[datetime, ListedEvent]] = []

    def add(
        self,
        at: datetime,
        type_: str,
        thing: object,
        event_id: str = "evt_1",
        *,
        delivered: bool = False,
    ) -> None:
        """Add an event of that time."""
        body = json.loads(event(type_, thing, id=event_id, created=int(at.timestamp())))
        self._events.append((at, ListedEvent(event_id, type_, delivered, body)))

    def undelivered(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        with self.faults.call("stripe_events.undelivered", PaymentGatewayUnavailableError):
            found = self._between(UNDERSTOOD, after, until)
        return (each for each in found if not each.is_delivered)

    def about_money(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        with self.faults.call("stripe_events.about_money", PaymentGatewayUnavailableError):
            return iter(self._between(ABOUT_MONEY, after, until))

    def translate(self, listed: ListedEvent, trace_id: str) -> StripeFact | None:
        return translate(listed.body, STACK, trace_id)

    def _between(
        self, types: Collection[str], after: datetime, until: datetime
    ) -> list[ListedEvent]:
        newest_first = sorted(self._events, key=lambda each: each[0], reverse=True)
        return [e for at, e in newest_first if e.type in types and after < at <= until]
