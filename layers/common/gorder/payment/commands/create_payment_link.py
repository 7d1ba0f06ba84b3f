"""Make the payment page of an order and save its address with the order."""

from dataclasses import dataclass

from gorder.payment.model import (
    CheckoutDiffersError,
    CheckoutPage,
    CheckoutRefusedError,
    PageOptions,
    Payable,
    check_page,
)
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    CheckoutExpiryTooNearError,
    Payables,
    PaymentGateway,
)


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
    options: PageOptions

    def __call__(self, command: CreatePaymentLink) -> None:
        """Make the page and save it; expire it at once if it is not the order's any more.

        Returns without a page if Stripe refused the order twice alike: it is closed.

        Raises:
            CheckoutRefusedError, CheckoutDiffersError: Stripe refused the order for the first time.
                Try again: the answer to the next attempt decides.
            PaymentGatewayRefusedError: gorder's settings are wrong. A person must correct them, and
                the order keeps its time to pay.
            PaymentGatewayUnavailableError, CheckoutAttemptSpentError, or an error of the order
            service: try again.
        """
        payable = self.payables.begin(command.order_id, command.event_id)
        if payable.may_have_lost_page:
            self._expire_lost_page(payable)
        if not payable.awaits_checkout:
            return
        try:
            self._make_page(payable, command.event_id)
        except CheckoutAttemptSpentError as error:
            too_near = isinstance(error, CheckoutExpiryTooNearError)
            payable = self.payables.retry(payable, command.event_id, too_near=too_near)
            if payable.awaits_checkout:
                self._make_page(payable, command.event_id)

    def _make_page(self, payable: Payable, event_id: str) -> None:
        try:
            page = self._payable_page(payable)
        except CheckoutRefusedError as error:
            if self.payables.refuse(payable, error, event_id).awaits_checkout:
                raise
            return
        if not self.payables.await_payment(payable, page, event_id):
            self.gateway.expire_page(page.session_id)

    def _payable_page(self, payable: Payable) -> CheckoutPage:
        """Return the page of this attempt; expire it if it asks for another amount."""
        page = self.gateway.create_page(payable, self.options)
        try:
            check_page(page, payable)
        except CheckoutDiffersError:
            self.gateway.expire_page(page.session_id)
            raise
        return page

    def _expire_lost_page(self, payable: Payable) -> None:
        """Expire the page that an earlier run may have made, and could not expire.

        The same request returns that page. If there is none, it makes one, unless Stripe refuses.

        An attempt that was begun with other parameters may have a page that cannot be found. Its
        address was never saved, so no customer has seen it, and it expires by itself.
        """
        try:
            page = self.gateway.create_page(payable, self.options)
        except (CheckoutAttemptSpentError, CheckoutRefusedError):
            return
        self.gateway.expire_page(page.session_id)
