"""Closes payment pages for the order service with the payment service's command."""

from dataclasses import dataclass
from typing import Final

from gorder.contracts.bus import EventPublisher
from gorder.order.payment_ports import PageOutcome
from gorder.payment.commands.expire_page import ExpirePage, ExpirePageHandler
from gorder.payment.model import PageState
from gorder.payment.ports import PaymentGateway
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed

OUTCOMES: Final = {
    PageState.OPEN: PageOutcome.OPEN,
    PageState.EXPIRED: PageOutcome.CLOSED,
    PageState.PROCESSING: PageOutcome.PAYMENT_UNDER_WAY,
    PageState.PAID: PageOutcome.PAID,
}


@dataclass(frozen=True, slots=True)
class PaymentServicePages:
    """Implements `order.payment_ports.PaymentPages` with the payment service's command."""

    expire: Handler[ExpirePage, PageState]

    def close(self, session_id: str) -> PageOutcome:
        return OUTCOMES[self.expire(ExpirePage(session_id))]


def payment_pages(gateway: PaymentGateway, events: EventPublisher | None) -> PaymentServicePages:
    handler = ExpirePageHandler(gateway=gateway, events=events, clock=utc_now)
    return PaymentServicePages(observed("ExpirePage", handler))
