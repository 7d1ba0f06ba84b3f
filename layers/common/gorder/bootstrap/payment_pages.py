"""The payment service's pages, as the order service's functions share them."""

from dataclasses import dataclass
from typing import Final

from gorder.bootstrap.settings import PageSettings, load
from gorder.clients.stripe import stripe_client
from gorder.contracts.bus import EventPublisher
from gorder.order.ports import PageOutcome
from gorder.payment.adapters.stripe_gateway import StripePageExpiry
from gorder.payment.commands.expire_page import ExpirePage, ExpirePageHandler
from gorder.payment.model import PageState
from gorder.payment.ports import PageExpiry
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import secret_field

_OUTCOMES: Final = {
    PageState.EXPIRED: PageOutcome.CLOSED,
    PageState.PROCESSING: PageOutcome.PAYMENT_UNDER_WAY,
    PageState.PAID: PageOutcome.PAID,
}


@dataclass(frozen=True, slots=True)
class HostedPages:
    """`order.ports.PaymentPages` by the payment service's command, in the same process."""

    expire: Handler[ExpirePage, PageState]

    def close(self, session_id: str) -> PageOutcome:
        return _OUTCOMES[self.expire(ExpirePage(session_id))]


def hosted_pages(expiry: PageExpiry, events: EventPublisher) -> HostedPages:
    return HostedPages(observed("ExpirePage", ExpirePageHandler(expiry, events, utc_now)))


def stripe_pages() -> StripePageExpiry:
    """The adapter, with the API key of now."""
    settings = load(PageSettings)
    api_key = secret_field(settings.stripe_secret, "api_key")
    return StripePageExpiry(stripe_client(api_key, settings.api_base))
