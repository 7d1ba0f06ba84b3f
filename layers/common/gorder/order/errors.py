"""Errors of the order aggregate."""

from gorder.errors import BusinessError, DefectError


class InvalidOrder(BusinessError):
    """The request breaks a rule of orders. The text names the field and its bound."""

    status = 422
    code = "invalid_order"


class OrderNotFound(BusinessError):
    """The order does not exist or the caller may not see it. Both get the same answer."""

    status = 404
    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such order for this customer and access token.")


class OrderAlreadyPaid(BusinessError):
    """A paid order cannot be cancelled."""

    status = 409
    code = "order_already_paid"

    def __init__(self) -> None:
        super().__init__("The order is paid; it can no longer be cancelled.")


class PaymentUnderWay(BusinessError):
    """A payment that takes hours or days was begun; its result is not known yet."""

    status = 409
    code = "payment_under_way"

    def __init__(self) -> None:
        super().__init__("A payment of this order is under way; ask again when it has ended.")


class OrderClosed(BusinessError):
    """The order was not paid in time and has expired."""

    status = 409
    code = "order_closed"

    def __init__(self) -> None:
        super().__init__("The order has expired; nothing was taken and nothing is held.")


class UnknownOrder(BusinessError):
    """The back office names an order that is not stored."""

    status = 404
    code = "unknown_order"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}: check its id.")


class UnknownPayment(BusinessError):
    """The back office names a payment that is not among those without their order."""

    status = 404
    code = "unknown_payment"

    def __init__(self, payment: str) -> None:
        super().__init__(f"after: no payment {payment} is listed: leave it out to start again.")


class OrderNotListed(BusinessError):
    """The back office begins a page after an order that is not in the list."""

    status = 404
    code = "order_not_listed"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"after: no order {order_id} is listed: leave it out to start again.")


class OrderNotRefundable(BusinessError):
    """The payment is disputed, was partly lost in a dispute, or is not recorded. See the text."""

    status = 409
    code = "order_not_refundable"


class RefundedMeanwhile(BusinessError):
    """Another amount of the payment is refunded than the back office names. See the text."""

    status = 409
    code = "refunded_meanwhile"


class RefundTooLarge(BusinessError):
    """The back office refunds more than is left of the payment."""

    status = 422
    code = "refund_too_large"


class RefundUnderWay(BusinessError):
    """Another refund of the payment was begun by staff some minutes ago."""

    status = 409
    code = "refund_under_way"


class RepairRefused(BusinessError):
    """A repair names a field that cannot be set, or would leave the order wrong. See the text."""

    status = 422
    code = "repair_refused"


class UnknownRepair(BusinessError):
    """The back office names a repair that is not on record."""

    status = 404
    code = "unknown_repair"

    def __init__(self, repair_id: str) -> None:
        super().__init__(f"There is no repair {repair_id}: `gorder orders document` lists them.")


class PaymentNotReconciled(BusinessError):
    """Staff name a payment that cannot be recorded or kept in this way. See the text."""

    status = 409
    code = "payment_not_reconciled"


class IllegalTransitionError(DefectError):
    """The order cannot go from its present status to the wanted one."""

    code = "illegal_transition"


class PaymentNotConfirmedError(DefectError):
    """A message reports a payment that Stripe does not confirm. A person must look at it."""

    code = "payment_not_confirmed"


class OrderUnreadableError(DefectError):
    """The stored document of an order lacks a field, or has one of another type. See the text."""

    code = "order_unreadable"

    def __init__(self, order_id: object, problems: str) -> None:
        super().__init__(
            f"order {order_id} cannot be read: {problems}; repair it: gorder orders repair"
        )
        self.problems = problems
