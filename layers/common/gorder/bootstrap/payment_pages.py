"""The payment service's pages, as the order service's functions share them."""

from dataclasses import dataclass

from gorder.bootstrap.settings import PageSettings, load
from gorder.clients.stripe import stripe_client
from gorder.contracts.bus import EventPublisher
from gorder.order.model import OrderAlreadyPaid, PaymentUnderWay
from gorder.payment.adapters.stripe_gateway import StripePageExpiry
from gorder.payment.commands.expire_page import ExpirePage, ExpirePageHandler
from gorder.payment.model import PageState
from gorder.payment.ports import PageExpiry
from gorder.runtime.clock import utc_now
from gorder.runtime.decorators import Handler, observed
from gorder.runtime.secrets import secret_field


@dataclass(frozen=True, slots=True)
class HostedPages:
    """`order.ports.PaymentPages` by the payment service's own command, in this process."""

    expire: Handler[ExpirePage, PageState]

    def close(self, session_id: str) -> None:
        match self.expire(ExpirePage(session_id)):
            case PageState.PAID:
                raise OrderAlreadyPaid
            case PageState.PROCESSING:
                raise PaymentUnderWay
            case PageState.EXPIRED:
                return


def hosted_pages(expiry: PageExpiry, events: EventPublisher) -> HostedPages:
    return HostedPages(observed("ExpirePage", ExpirePageHandler(expiry, events, utc_now)))


def stripe_pages() -> StripePageExpiry:
    """The adapter, with the API key of now."""
    settings = load(PageSettings)
    api_key = secret_field(settings.stripe_secret, "api_key")
    return StripePageExpiry(stripe_client(api_key, settings.api_base))
