"""Make the hosted page of an order and hand its address to the order."""

from dataclasses import dataclass

from gorder.payment.model import check_page
from gorder.payment.ports import CheckoutAttemptSpentError, PageExpiry, Payables, PaymentGateway


@dataclass(frozen=True, slots=True)
class CreatePaymentLink:
    """An order was created. `event_id` names the event that says so."""

    order_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class CreatePaymentLinkHandler:
    """Asking twice finds the same page: attempt, expiry and key are fixed on the order first."""

    payables: Payables
    gateway: PaymentGateway
    expiry: PageExpiry

    def __call__(self, command: CreatePaymentLink) -> None:
        """Make the page and save it; if the order was closed meanwhile, end the page at once.

        Raises:
            CheckoutDiffersError, PaymentGatewayRefusedError: no page can be shown; needs a person.
            PaymentGatewayUnavailableError: worth a retry.
            Whatever the order service raises.
        """
        payable = self.payables.begin(command.order_id)
        if not payable.awaits_checkout:
            return
        try:
            page = self.gateway.create_page(payable)
        except CheckoutAttemptSpentError:
            payable = self.payables.retry(payable.order_id, payable.attempt)
            if not payable.awaits_checkout:
                return
            page = self.gateway.create_page(payable)
        check_page(page, payable)
        if not self.payables.await_payment(command.order_id, page, command.event_id):
            self.expiry.expire_page(page.session_id)
