"""Expire a payment page, and report the payment if it was paid."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gorder.contracts.bus import EventPublisher
from gorder.contracts.events import PaymentData, PaymentSucceeded
from gorder.payment.model import PagePayment, PageState
from gorder.payment.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class ExpirePage:
    """A request to expire a payment page."""

    session_id: str


@dataclass(frozen=True, slots=True)
class ExpirePageHandler:
    """Expires pages. A payment found is published, because its webhook may never come.

    `events` is None for a caller that reconciles the payment itself.
    """

    gateway: PaymentGateway
    events: EventPublisher | None
    clock: Callable[[], datetime]

    def __call__(self, command: ExpirePage) -> PageState:
        """Expire the page unless it is paid or being paid; return its state.

        Raises:
            PaymentGatewayRefusedError: Stripe does not know the page; a person must look at it.
            PaymentGatewayUnavailableError, EventBusUnavailableError: try again.
        """
        end = self.gateway.expire_page(command.session_id)
        if end.payment and self.events:
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
