"""Find what Stripe's webhooks should have reported and did not, and publish it as they do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import PaymentFact, PaymentSucceeded
from gorder.contracts.telemetry import Telemetry
from gorder.payment.model import ListedEvent
from gorder.payment.ports import InvalidWebhook, PaymentRecords, StripeEvents, StripeFact

INTERVAL: Final = timedelta(minutes=3)  # of the schedule in template.yaml
ON_ITS_WAY: Final = timedelta(minutes=1)  # the webhook of a younger event may still arrive
DEEPEST: Final = 11  # of 2**11 runs, one looks back 2**12 intervals, eight and a half days
_LONGEST: Final = timedelta(seconds=60)


def look_back(now: datetime) -> timedelta:
    """Return how far back the run at `now` looks for events that were not delivered.

    Every run looks back two intervals, every second one four, every fourth one eight, and so on. So
    nothing is lost if runs fail: what an outage has left is found after at most twice the time of
    the outage. An event that is never delivered is found once at each depth, and twice at the
    deepest: 13 times. No state is stored.
    """
    run = int(now.timestamp() // INTERVAL.total_seconds())
    depth = (run & -run).bit_length() - 1  # how often 2 divides it
    return 2 * INTERVAL * (1 << min(depth, DEEPEST))


@dataclass(frozen=True, slots=True)
class FindMissedWebhooks:
    """A request to look for missed webhooks. `trace_id` is for events that have none."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class FindMissedWebhooksHandler:
    """Finds missed webhooks. Events may be published twice, because consumers are idempotent."""

    stripe: StripeEvents
    records: PaymentRecords
    events: EventPublisher
    clock: Callable[[], datetime]
    telemetry: Telemetry

    def __call__(self, command: FindMissedWebhooks) -> None:
        """Publish undelivered events, then what no endpoint gets, each for a minute at most.

        Raises:
            PaymentGatewayRefusedError: Stripe refuses to list events; a person must look at it.
            PaymentGatewayUnavailableError, EventBusUnavailableError, or an error of the order
            service: the next run tries again.
        """
        now = self.clock()
        until = now - ON_ITS_WAY
        for event in self._read(self.stripe.undelivered(until - look_back(now), until), command):
            self._publish_missed(event, "not_delivered")
        recent = self.stripe.about_money(until - 2 * INTERVAL, until)
        self._publish_without_endpoint(
            list(self._read((each for each in recent if each.is_delivered), command))
        )

    def _read(
        self, found: Iterable[ListedEvent], command: FindMissedWebhooks
    ) -> Iterator[StripeFact]:
        """Yield the events that this deployment uses. One that cannot be read stops no other."""
        end = self.clock() + _LONGEST
        for listed in found:
            if self.clock() > end:
                self.telemetry.count("WebhookCheckCut")
                self.telemetry.warning("webhook.check_cut", stripe_event_id=listed.event_id)
                return
            try:
                event = self.stripe.translate(listed, command.trace_id)
            except InvalidWebhook as error:
                self.telemetry.count("WebhookUnreadable")
                self.telemetry.warning(
                    "webhook.unreadable",
                    stripe_event_id=listed.event_id,
                    type=listed.type,
                    reason=str(error),
                )
                continue
            if event:
                yield event

    def _publish_without_endpoint(self, delivered: list[StripeFact]) -> None:
        """Publish what may have been sent to no endpoint: Stripe counts that as delivered.

        Payments are compared with the orders. Refunds and disputes are few, so all are published.
        """
        paid = [event for event in delivered if isinstance(event, PaymentSucceeded)]
        unrecorded = self.records.unrecorded([event.data for event in paid]) if paid else ()
        for event in paid:
            if event.data in unrecorded:
                self._publish_missed(event, "not_recorded")
        self.events.publish([event for event in delivered if isinstance(event, PaymentFact)])

    def _publish_missed(self, event: StripeFact, reason: str) -> None:
        self.events.publish([event])
        self.telemetry.count("WebhookMissed")
        self.telemetry.warning(
            "webhook.missed",
            event_id=event.event_id,
            type=event.event_type,
            order_id=event.data.order_id,
            reason=reason,
        )
