"""Stripe's payment pages in memory."""

from dataclasses import replace
from datetime import timedelta

from gorder.payment.model import (
    CheckoutPage,
    CheckoutRefusedError,
    DueRefund,
    PageOptions,
    PageOrder,
    PagePayment,
    PageRefund,
    PageReport,
    PageState,
    Payable,
)
from gorder.payment.ports import (
    CheckoutAttemptSpentError,
    CheckoutExpiryTooNearError,
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from tests.fakes.clock import StandingClock
from tests.fakes.faults import Faults

_NO_SUCH_PRICE = "resource_missing:line_items[0][price]"
_SHORTEST_WINDOW = timedelta(minutes=30)


class MemoryGateway:
    """A `PaymentGateway` with one page per idempotency key; `prices` are in euro cents."""

    def __init__(
        self, clock: StandingClock, prices: dict[str, int], faults: Faults | None = None
    ) -> None:
        self.faults = faults or Faults()
        self.refused: dict[str, str] = {}
        self.kept_errors: set[str] = set()
        self.rejects_the_key = False
        self.unexpirable: set[str] = set()
        self.pages: dict[str, tuple[Payable, CheckoutPage]] = {}
        self.ended: dict[str, PageReport] = {}
        self.refunds: dict[str, DueRefund] = {}
        self._clock = clock
        self._foreign: set[str] = set()
        self._options: dict[str, PageOptions] = {}
        self._prices = prices

    def create_page(self, payable: Payable, options: PageOptions) -> CheckoutPage:
        with self.faults.call("gateway.create_page", PaymentGatewayUnavailableError):
            if self.rejects_the_key:
                raise PaymentGatewayRefusedError("Invalid API Key provided")
            key = payable.idempotency_key
            payable = replace(payable, awaits_checkout=True, may_have_lost_page=False)
            if key in self.refused:
                raise CheckoutRefusedError(_NO_SUCH_PRICE, self.refused[key])
            if key in self.kept_errors:
                raise CheckoutAttemptSpentError(key)
            if key not in self.pages:
                self.pages[key] = (payable, self._make(payable))
                self._options[key] = options
            asked, page = self.pages[key]
            if asked != payable or self._options[key] != options:
                raise CheckoutAttemptSpentError(f"{key} was used for another page")
            return page

    def expire_page(self, session_id: str) -> PageReport:
        with self.faults.call("gateway.expire_page", PaymentGatewayUnavailableError):
            if session_id in self.unexpirable:
                raise PaymentGatewayRefusedError(f"Stripe refuses to expire {session_id}")
            if not self._knows(session_id):
                return PageReport(PageState.EXPIRED)
            return self.ended.setdefault(session_id, PageReport(PageState.EXPIRED))

    def page(self, session_id: str) -> PageReport:
        with self.faults.call("gateway.page", PaymentGatewayUnavailableError):
            if session_id not in self._foreign:
                self._page(session_id)
            return self.ended.get(session_id, PageReport(PageState.OPEN))

    def page_of(self, payment_intent_id: str) -> PageOrder | None:
        with self.faults.call("gateway.page_of", PaymentGatewayUnavailableError):
            paid = [end.payment for end in self.ended.values() if end.payment]
            found = (
                PageOrder(p.session_id, p.order_id)
                for p in paid
                if p.payment_intent_id == payment_intent_id
            )
            return next(found, None)

    def refund(self, due: DueRefund) -> None:
        with self.faults.call("gateway.refund", PaymentGatewayUnavailableError):
            if due.idempotency_key in self.refunds:
                return
            [payment] = [
                end.payment
                for end in self.ended.values()
                if end.payment and end.payment.payment_intent_id == due.payment_intent_id
            ]
            left = payment.amount - sum(
                r.amount for r in payment.refunds if r.status not in {"failed", "canceled"}
            )
            if left <= 0 or payment.dispute in {"open", "lost"}:
                return
            assert due.amount <= left, "refunded more than was paid"
            self.refunds[due.idempotency_key] = due
            self.give_back(
                payment.session_id,
                due.amount,
                reason=due.reason,
                by="gorder",
                refunded_before=due.refunded_before,
            )

    def give_back(
        self,
        session_id: str,
        amount: int,
        reason: str = "requested_by_customer",
        by: str = "stripe",
        refunded_before: int | None = None,
    ) -> None:
        """Refund a payment, as the shop does in Stripe's dashboard."""
        payment = self._paid(session_id)
        refund = PageRefund(
            f"re_{session_id}_{len(payment.refunds) + 1}",
            amount,
            "succeeded",
            reason,
            by,
            self._clock(),
            refunded_before,
        )
        self._state(replace(payment, refunds=(*payment.refunds, refund)))

    def fail_refund(self, session_id: str) -> None:
        """Let the last refund of a payment fail."""
        payment = self._paid(session_id)
        *others, last = payment.refunds
        self._state(replace(payment, refunds=(*others, replace(last, status="failed"))))

    def add_payment(self, payment: PagePayment) -> None:
        """Let a page be paid that was not made by the gateway, or with another amount."""
        self._foreign.add(payment.session_id)
        self._state(payment)

    def dispute(self, session_id: str, state: str = "open", amount: int | None = None) -> None:
        """Open a dispute of a payment or a part, or an `inquiry`; or close it: `won` or `lost`."""
        payment = self._paid(session_id)
        lost = (payment.amount if amount is None else amount) if state == "lost" else 0
        self._state(replace(payment, dispute=state, lost=lost))

    def _paid(self, session_id: str) -> PagePayment:
        payment = self.ended[session_id].payment
        assert payment, f"{session_id} is not paid"
        return payment

    def _state(self, payment: PagePayment) -> None:
        self.ended[payment.session_id] = PageReport(PageState.PAID, payment)

    def begin_to_pay(self, session_id: str) -> None:
        """Pay by a method that takes hours or days."""
        self._page(session_id)
        self.ended.setdefault(session_id, PageReport(PageState.PROCESSING))

    def fail_to_pay(self, session_id: str) -> None:
        """Let a payment under way fail."""
        self._page(session_id)
        self.ended[session_id] = PageReport(PageState.EXPIRED)

    def pay(
        self, session_id: str, *, discount: int = 0, tax: int = 0, tax_included: int = 0
    ) -> PagePayment | None:
        """Pay on the page. Return None if it cannot be paid any more.

        `tax` is added to the prices, and `tax_included` is part of them.
        """
        payable, page = self._page(session_id)
        options = self._options[payable.idempotency_key]
        assert options.promotion_codes or not discount, "the page takes no promotion code"
        assert options.automatic_tax or not (tax or tax_included), "the page has no tax"
        if self.ended.get(session_id, PageReport(PageState.PROCESSING)).state is PageState.EXPIRED:
            return None
        amount = page.amount_total - discount + tax
        payment = PagePayment(
            order_id=payable.order_id,
            trace_id=payable.trace_id,
            session_id=session_id,
            payment_intent_id=session_id.replace("cs_", "pi_") if amount else None,
            amount=amount,
            currency=page.currency,
            is_marked=True,
            discount=discount,
            tax=tax + tax_included,
            added=tax,
        )
        self.ended[session_id] = PageReport(PageState.PAID, payment)
        return payment

    def _knows(self, session_id: str) -> bool:
        return any(page.session_id == session_id for _, page in self.pages.values())

    def _page(self, session_id: str) -> tuple[Payable, CheckoutPage]:
        for payable, page in self.pages.values():
            if page.session_id == session_id:
                return payable, page
        raise PaymentGatewayRefusedError(f"No such checkout.session: {session_id}")

    def _make(self, payable: Payable) -> CheckoutPage:
        if payable.expires_at - self._clock() < _SHORTEST_WINDOW:
            raise CheckoutExpiryTooNearError(payable.idempotency_key)
        if unknown := [line for line in payable.lines if line.price_id not in self._prices]:
            text = f"No such price: {unknown[0].price_id}"
            self.refused[payable.idempotency_key] = text
            raise CheckoutRefusedError(_NO_SUCH_PRICE, text)
        session_id = f"cs_{len(self.pages) + 1}"
        amount = sum(self._prices[line.price_id] * line.quantity for line in payable.lines)
        return CheckoutPage(session_id, f"https://pay.example/{session_id}", amount, amount, "eur")
