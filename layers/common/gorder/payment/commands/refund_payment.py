"""Refund a payment."""

from dataclasses import dataclass

from gorder.payment.model import DueRefund
from gorder.payment.ports import PaymentGateway


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """A refund that is due."""

    due: DueRefund


@dataclass(frozen=True, slots=True)
class RefundPaymentHandler:
    """Refunds payments. Repeated, a refund is made once."""

    gateway: PaymentGateway

    def __call__(self, command: RefundPayment) -> None:
        """Make the refund, unless the payment is refunded or disputed already.

        Raises:
            PaymentGatewayRefusedError: Stripe refuses it; a person must look at it.
            PaymentGatewayUnavailableError: try again.
        """
        self.gateway.refund(command.due)
