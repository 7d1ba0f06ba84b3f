"""Make the payment page of an order and save its address with the order."""

from dataclasses import dataclass

from gorder.payment.model import Payable, check_page
from gorder.payment.ports import CheckoutAttemptSpentError, Payables, PaymentGateway


@dataclass(frozen=True, slots=True)
class CreatePaymentLink:
    """A created order. `event_id` is the event that reported it."""

    order_id: str
    event_id: str


@dataclass(frozen=True, slots=True)
class CreatePaymentLinkHandler:
    """Makes payment pages. Attempt and expiry are saved first, so a retry finds the same page."""

    payables: Payables
    gateway: PaymentGateway
    return_url: str

    def __call__(self, command: CreatePaymentLink) -> None:
        """Make the page and save it; expire it at once if the order was closed meanwhile.

        Raises:
            CheckoutDiffersError, PaymentGatewayRefusedError: there is no page to show; a person
                must look at it.
            PaymentGatewayUnavailableError, CheckoutAttemptSpentError, or an error of the order
            service: try again.
        """
        payable = self.payables.begin(command.order_id)
        if payable.may_have_lost_page:
            self._expire_lost_page(payable)
        if not payable.awaits_checkout:
            return
        try:
            page = self.gateway.create_page(payable, self.return_url)
        except CheckoutAttemptSpentError:
            payable = self.payables.retry(payable.order_id, payable.attempt)
            if not payable.awaits_checkout:
                return
            page = self.gateway.create_page(payable, self.return_url)
        check_page(page, payable)
        if not self.payables.await_payment(command.order_id, page, command.event_id):
            self.gateway.expire_page(page.session_id)

    def _expire_lost_page(self, payable: Payable) -> None:
        """Expire the page that an earlier run may have made, and could not expire.

        The same request returns that page. If there is none, it makes one.
        """
        try:
            page = self.gateway.create_page(payable, self.return_url)
        except CheckoutAttemptSpentError:
            return
        self.gateway.expire_page(page.session_id)
