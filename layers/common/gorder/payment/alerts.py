"""Report events of Stripe that need a person."""

from typing import Final

from gorder.contracts.events import EventType, PaymentFact
from gorder.contracts.telemetry import Telemetry
from gorder.payment.ports import StripeFact

_NEEDS_A_PERSON: Final = {
    EventType.REFUND_FAILED: ("RefundFailed", "refund.failed"),
    EventType.PAYMENT_DISPUTED: ("DisputeOpened", "dispute.opened"),
}


def alert(telemetry: Telemetry, event: StripeFact) -> None:
    """Count and log a refund that failed and a new dispute. Alarms watch both."""
    if isinstance(event, PaymentFact) and (needed := _NEEDS_A_PERSON.get(event.event_type)):
        metric, line = needed
        telemetry.count(metric)
        telemetry.warning(
            line,
            stripe_object_id=event.data.stripe_object_id,
            payment_intent_id=event.data.payment_intent_id,
        )
