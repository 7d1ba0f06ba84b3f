"""End a hosted page; if somebody has paid on it, tell so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import PaymentData, PaymentSucceeded
from gorder.payment.model import PagePayment, PageState
from gorder.payment.ports import PageExpiry


@dataclass(frozen=True, slots=True)
class ExpirePage:
    """Nobody shall pay on this page any more."""

    session_id: str


@dataclass(frozen=True, slots=True)
class ExpirePageHandler:
    """A payment found here is published as its webhook would have: it may never have come."""

    pages: PageExpiry
    events: EventPublisher
    clock: Callable[[], datetime]

    def __call__(self, command: ExpirePage) -> PageState:
        """How the page stands now.

        Raises:
            PaymentGatewayRefusedError: Stripe does not know the page; needs a person.
            PaymentGatewayUnavailableError, EventBusUnavailableError: worth a retry.
        """
        end = self.pages.expire_page(command.session_id)
        if end.payment:
            self.events.publish([self._succeeded(end.payment)])
        return end.state

    def _succeeded(self, payment: PagePayment) -> PaymentSucceeded:
        return PaymentSucceeded(
            event_id=f"page:{payment.session_id}",
            occurred_at=self.clock(),
            trace_id=payment.trace_id,
            data=PaymentData(
                order_id=payment.order_id,
                session_id=payment.session_id,
                payment_intent_id=payment.payment_intent_id,
                amount=payment.amount,
                currency=payment.currency,
            ),
        )
