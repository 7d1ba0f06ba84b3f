"""Stripe's payment pages in memory."""

from datetime import timedelta

from gorder.payment.model import CheckoutPage, PageEnd, PagePayment, PageState, Payable
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from tests.fakes.clock import StandingClock
from tests.fakes.faults import Faults

_SHORTEST_WINDOW = timedelta(minutes=30)


class MemoryGateway:
    """A `PaymentGateway` with one page per idempotency key; `prices` are in euro cents."""

    def __init__(
        self, clock: StandingClock, prices: dict[str, int], faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self.refused: set[str] = set()
        self.pages: dict[str, tuple[Payable, CheckoutPage]] = {}
        self.ended: dict[str, PageEnd] = {}
        self._clock = clock
        self._prices = prices

    def create_page(self, payable: Payable, return_url: str) -> CheckoutPage:
        assert return_url
        with self.faults.call("gateway.create_page", PaymentGatewayUnavailableError):
            key = payable.idempotency_key
            if key in self.refused:
                raise CheckoutAttemptSpentError(key)
            if key not in self.pages:
                self.pages[key] = (payable, self._make(payable))
            asked, page = self.pages[key]
            if asked != payable:
                raise PaymentGatewayRefusedError(f"{key} was used for another page")
            return page

    def expire_page(self, session_id: str) -> PageEnd:
        with self.faults.call("gateway.expire_page", PaymentGatewayUnavailableError):
            self._page(session_id)
            return self.ended.setdefault(session_id, PageEnd(PageState.EXPIRED))

    def payment(self, session_id: str) -> PagePayment | None:
        with self.faults.call("gateway.payment", PaymentGatewayUnavailableError):
            self._page(session_id)
            end = self.ended.get(session_id)
            return end.payment if end else None

    def begin_to_pay(self, session_id: str) -> None:
        """Pay by a method that takes hours or days."""
        self._page(session_id)
        self.ended.setdefault(session_id, PageEnd(PageState.PROCESSING))

    def fail_to_pay(self, session_id: str) -> None:
        """Let a payment under way fail."""
        self._page(session_id)
        self.ended[session_id] = PageEnd(PageState.EXPIRED)

    def pay(self, session_id: str) -> PagePayment | None:
        """Pay on the page. Return None if it cannot be paid any more."""
        payable, page = self._page(session_id)
        if self.ended.get(session_id, PageEnd(PageState.PROCESSING)).state is PageState.EXPIRED:
            return None
        payment = PagePayment(
            order_id=payable.order_id,
            trace_id=payable.trace_id,
            session_id=session_id,
            payment_intent_id=session_id.replace("cs_", "pi_"),
            amount=page.amount_total,
            currency=page.currency,
        )
        self.ended[session_id] = PageEnd(PageState.PAID, payment)
        return payment

    def _page(self, session_id: str) -> tuple[Payable, CheckoutPage]:
        for payable, page in self.pages.values():
            if page.session_id == session_id:
                return payable, page
        raise PaymentGatewayRefusedError(f"No such checkout.session: {session_id}")

    def _make(self, payable: Payable) -> CheckoutPage:
        if payable.expires_at - self._clock() < _SHORTEST_WINDOW:
            raise CheckoutAttemptSpentError(payable.idempotency_key)
        if unknown := [line for line in payable.lines if line.price_id not in self._prices]:
            self.refused.add(payable.idempotency_key)
            raise PaymentGatewayRefusedError(f"No such price: {unknown[0].price_id}")
        session_id = f"cs_{len(self.pages) + 1}"
        amount = sum(self._prices[line.price_id] * line.quantity for line in payable.lines)
        return CheckoutPage(session_id, f"https://pay.example/{session_id}", amount, "eur")
