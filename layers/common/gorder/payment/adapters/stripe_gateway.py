"""Payment pages as Stripe Checkout Sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import stripe

from gorder.payment.adapters.stripe_charges import disputed, refunds_of
from gorder.payment.adapters.stripe_refusals import refused_page
from gorder.payment.adapters.stripe_totals import totals
from gorder.payment.model import (
    PAID_STATUSES,
    CheckoutPage,
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
    PaymentGatewayRefusedError,
    PaymentGatewayUnavailableError,
)
from gorder.stripe_mark import MARK, is_ours

if TYPE_CHECKING:
    from stripe.checkout import Session

# Statuses of a payment that failed after its page was complete. Such a page cannot be paid again.
_FAILED: Final = {"requires_payment_method", "canceled"}
# Refunds of a payment that has nothing left, or whose money the bank holds.
_NOT_REFUNDED: Final = {"charge_already_refunded", "charge_disputed"}
_REFUNDS: Final = "payment_intent.latest_charge.refunds"


class StripeGateway:
    """`PaymentGateway` on Stripe.

    Metadata holds ids only: a value has 500 characters at most, and an order can have more
    (https://docs.stripe.com/metadata).
    """

    def __init__(self, client: stripe.StripeClient, stack: str) -> None:
        """Initialize without a request.

        Args:
            client: of the Stripe account, which may have several shops.
            stack: the mark of this deployment in Stripe's metadata.
        """
        self._stack = stack
        self._sessions = client.v1.checkout.sessions
        self._refunds = client.v1.refunds
        self._disputes = client.v1.disputes

    def create_page(self, payable: Payable, options: PageOptions) -> CheckoutPage:
        with translated():
            session = self._create(payable, options)
            amounts = totals(session)
            if session.url is None or amounts is None:
                raise PaymentGatewayRefusedError(
                    f"Stripe made session {session.id} of order {payable.order_id} "
                    "without an address, amount or currency"
                )
            return CheckoutPage(
                session_id=session.id,
                url=session.url,
                amount_subtotal=amounts.subtotal,
                amount_total=amounts.total,
                currency=amounts.currency,
                amount_tax=amounts.tax,
            )

    def expire_page(self, session_id: str) -> PageReport:
        with translated():
            try:
                session = self._expire_or_retrieve(session_id)
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise
                return PageReport(PageState.EXPIRED)
            report = self._report(session)
            if report.state is PageState.OPEN:
                raise PaymentGatewayRefusedError(
                    f"session {session_id} is {session.status} and can still be paid"
                )
            return report

    def page(self, session_id: str) -> PageReport:
        with translated():
            return self._report(self._sessions.retrieve(session_id, {"expand": [_REFUNDS]}))

    def page_of(self, payment_intent_id: str) -> PageOrder | None:
        with translated():
            found = self._sessions.list({"payment_intent": payment_intent_id, "limit": 1}).data
            pages = (
                PageOrder(session.id, session.client_reference_id)
                for session in found
                if session.client_reference_id is not None and self._is_ours(session)
            )
            return next(pages, None)

    def refund(self, due: DueRefund) -> None:
        with translated():
            try:
                self._refunds.create(
                    {
                        "payment_intent": due.payment_intent_id,
                        "amount": due.amount,
                        "metadata": self._metadata(due.order_id, **_about(due)),
                    },
                    {"idempotency_key": due.idempotency_key},
                )
            except stripe.InvalidRequestError as error:
                if error.code not in _NOT_REFUNDED:
                    raise

    def _report(self, session: "Session") -> PageReport:
        match session.status, session.payment_status:
            case "expired", _:
                return PageReport(PageState.EXPIRED)
            case "complete", _ if _is_paid(session):
                return PageReport(PageState.PAID, self._payment(session))
            case "complete", _ if _has_failed(session):
                return PageReport(PageState.EXPIRED)
            case "complete", _:
                return PageReport(PageState.PROCESSING)
        return PageReport(PageState.OPEN)

    def _payment(self, session: "Session") -> PagePayment | None:
        """Return the payment of a paid page, or None if the page is another shop's."""
        if not self._is_ours(session):
            return None
        order_id, amounts = session.client_reference_id, totals(session)
        if order_id is None or amounts is None:
            raise PaymentGatewayRefusedError(
                f"session {session.id} of a gorder order has no order, amount or currency"
            )
        intent = session.payment_intent
        metadata = session.metadata.to_dict() if session.metadata else {}
        charge = intent.latest_charge if isinstance(intent, stripe.PaymentIntent) else None
        dispute, lost, refunds = None, 0, tuple[PageRefund, ...]()
        if isinstance(charge, stripe.Charge):
            dispute, lost = disputed(self._disputes, charge)
            refunds = tuple(refunds_of(charge))
        return PagePayment(
            order_id=order_id,
            trace_id=metadata.get("trace_id", ""),
            session_id=session.id,
            payment_intent_id=intent.id if isinstance(intent, stripe.PaymentIntent) else intent,
            amount=amounts.total,
            currency=amounts.currency,
            refunds=refunds,
            dispute=dispute,
            lost=lost,
            is_marked=MARK in metadata,
            discount=amounts.discount,
            tax=amounts.tax,
            added=amounts.added,
        )

    def _metadata(self, order_id: str, **more: str) -> dict[str, str]:
        return {"order_id": order_id, MARK: self._stack, **more}

    def _is_ours(self, session: "Session") -> bool:
        """Whether the page is of this deployment. Release 0.1 did not mark its pages."""
        metadata = session.metadata.to_dict() if session.metadata else {}
        if session.client_reference_id is None:
            return False
        return is_ours(metadata, self._stack)

    def _create(self, payable: Payable, options: PageOptions) -> "Session":
        cancel_url = options.cancel_url(payable.order_id)
        try:
            return self._sessions.create(
                {
                    "mode": "payment",
                    "line_items": [
                        {"price": line.price_id, "quantity": line.quantity}
                        for line in payable.lines
                    ],
                    "client_reference_id": payable.order_id,
                    "metadata": self._metadata(payable.order_id, trace_id=payable.trace_id),
                    "payment_intent_data": {"metadata": self._metadata(payable.order_id)},
                    "expires_at": int(payable.expires_at.timestamp()),
                    "success_url": options.success_url(payable.order_id),
                    **({} if cancel_url is None else {"cancel_url": cancel_url}),
                    # Stated also if they are off: an account may have other defaults.
                    "adaptive_pricing": {"enabled": False},
                    "allow_promotion_codes": options.promotion_codes,
                    "automatic_tax": {"enabled": options.automatic_tax},
                    "invoice_creation": {"enabled": options.invoices},
                },
                {"idempotency_key": payable.idempotency_key},
            )
        except stripe.StripeError as error:
            if refused := refused_page(error, payable):
                raise refused from error
            raise

    def _expire_or_retrieve(self, session_id: str) -> "Session":
        """Expire the session, or retrieve it if Stripe refuses because it is not open."""
        try:
            return self._sessions.expire(session_id)
        except stripe.InvalidRequestError:
            return self._sessions.retrieve(session_id, {"expand": ["payment_intent"]})


def _is_paid(session: "Session") -> bool:
    return session.status == "complete" and session.payment_status in PAID_STATUSES


def _has_failed(session: "Session") -> bool:
    intent = session.payment_intent
    return isinstance(intent, stripe.PaymentIntent) and intent.status in _FAILED


def _about(due: DueRefund) -> dict[str, str]:
    """Return the metadata from which `refunds_of` reads who made a refund and why."""
    about = {"gorder_reason": due.reason}
    if due.refunded_before is not None:
        about["gorder_refunded_before"] = str(due.refunded_before)
    return about


@contextmanager
def translated() -> Iterator[None]:
    """Translate Stripe's errors, and answers without an expected field.

    Raises:
        PaymentGatewayUnavailableError, PaymentGatewayRefusedError
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise PaymentGatewayUnavailableError(
            f"Stripe did not answer: {type(error).__name__}"
        ) from error
    except stripe.StripeError as error:
        raise PaymentGatewayRefusedError(str(error)) from error
    except (AttributeError, KeyError) as error:  # what a Stripe object raises for a missing field
        raise PaymentGatewayRefusedError(f"Stripe's answer has no {error}") from error
