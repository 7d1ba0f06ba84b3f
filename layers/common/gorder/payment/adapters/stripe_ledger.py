"""The payments that Stripe has taken for this deployment, from Stripe's own lists."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import stripe

from gorder.contracts.audit import AuditedPayment, StatedPayment
from gorder.payment.adapters.stripe_charges import disputed, refunds_of
from gorder.payment.adapters.stripe_gateway import translated
from gorder.stripe_mark import MARK, is_ours

if TYPE_CHECKING:
    from stripe.params import (
        DisputeListParams,
        PaymentIntentListParams,
        PaymentIntentListParamsCreated,
        RefundListParams,
    )

_PAGE: Final = 100  # the most that Stripe allows
_CHARGE: Final = "latest_charge.refunds"
_RETURNED: Final = {"failed", "canceled"}  # statuses of refunds whose money stays with the shop


class StripeLedger:
    """Payments by the time when Stripe made an object, newest first; `after` is not included.

    A payment is one that has succeeded. The lists have those that name an order in their metadata,
    with the mark of this deployment or, as in release 0.1, without one. Every method raises
    PaymentGatewayUnavailableError and PaymentGatewayRefusedError.
    """

    def __init__(self, client: stripe.StripeClient, stack: str) -> None:
        """Initialize without a request. `stack` is the mark of this deployment in metadata."""
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._disputes = client.v1.disputes
        self._stack = stack

    def payments(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments that were made then."""
        params: PaymentIntentListParams = {
            "created": _between(after, until),
            "limit": _PAGE,
            "expand": [f"data.{_CHARGE}"],
        }
        with translated():
            for intent in self._intents.list(params).auto_paging_iter():
                yield from self._own(intent)

    def refunded(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments of which a refund was made then, once for each refund."""
        params: RefundListParams = {
            "created": _between(after, until),
            "limit": _PAGE,
            "expand": [f"data.payment_intent.{_CHARGE}"],
        }
        with translated():
            for refund in self._refunds.list(params).auto_paging_iter():
                yield from self._own(refund.payment_intent)

    def disputed(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        """Yield the payments of which a dispute was opened then, once for each dispute."""
        params: DisputeListParams = {
            "created": _between(after, until),
            "limit": _PAGE,
            "expand": [f"data.payment_intent.{_CHARGE}"],
        }
        with translated():
            for dispute in self._disputes.list(params).auto_paging_iter():
                yield from self._own(dispute.payment_intent)

    def payment(self, payment_intent_id: str) -> StatedPayment | None:
        """Return a payment, whatever its metadata has, or None if Stripe has no such payment."""
        with translated():
            try:
                intent = self._intents.retrieve(payment_intent_id, {"expand": [_CHARGE]})
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise
                return None
            return self._stated(intent)

    def _own(self, intent: stripe.PaymentIntent | str | None) -> Iterator[StatedPayment]:
        if not isinstance(intent, stripe.PaymentIntent):
            return
        metadata = intent.metadata.to_dict()
        if "order_id" in metadata and is_ours(metadata, self._stack):
            stated = self._stated(intent)
            if stated is not None:
                yield stated

    def _stated(self, intent: stripe.PaymentIntent) -> StatedPayment | None:
        charge = intent.latest_charge
        if intent.status != "succeeded" or not isinstance(charge, stripe.Charge):
            return None
        metadata = intent.metadata.to_dict()
        refunds = tuple(refunds_of(charge))
        dispute, lost = disputed(self._disputes, charge)
        created_at = datetime.fromtimestamp(intent.created, UTC)
        return StatedPayment(
            order_id=metadata.get("order_id"),
            payment=AuditedPayment(
                payment=intent.id,
                amount=intent.amount_received,
                currency=intent.currency,
                refunds=frozenset(
                    (each.refund_id, each.amount)
                    for each in refunds
                    if each.status not in _RETURNED
                ),
                dispute=dispute,
                lost=lost,
            ),
            created_at=created_at,
            changed_at=max([created_at, *(each.at for each in refunds)]),
            is_marked=MARK in metadata,
        )


def _between(after: datetime, until: datetime) -> "PaymentIntentListParamsCreated":
    return {"gt": int(after.timestamp()), "lte": int(until.timestamp())}
