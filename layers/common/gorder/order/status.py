"""The statuses of an order and the transitions between them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """The status of an order."""

    PENDING = "pending"
    WAITING_FOR_PAYMENT = "waiting_for_payment"
    PAID = "paid"
    COOKING = "cooking"
    COOKED = "cooked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class CloseReason(StrEnum):
    """Why gorder closed an order. The customer is shown it."""

    NOT_PAYABLE = "not_payable"  # Stripe refuses to make its payment page
    NO_PAGE = "no_page"  # its time ended before Stripe made its payment page
    CLOSED_BY_SHOP = "closed_by_shop"  # staff closed it; also the reason of such a refund


OPEN: Final = frozenset({Status.PENDING, Status.WAITING_FOR_PAYMENT})
ENDED: Final = frozenset({Status.CANCELLED, Status.EXPIRED, Status.REFUNDED})
"""Without food for the customer."""


@dataclass(frozen=True, slots=True)
class LaterStatus:
    """A status of a later release. This release shows such an order and does not change it."""

    value: str


type AnyStatus = Status | LaterStatus


def read_status(value: str) -> AnyStatus:
    """Return the status of that name, or a `LaterStatus` if this release has none."""
    return Status(value) if value in Status else LaterStatus(value)


TRANSITIONS: Final[dict[AnyStatus, set[Status]]] = {
    Status.PENDING: {
        Status.WAITING_FOR_PAYMENT,
        Status.PAID,  # the webhook can overtake the message that saves the payment link
        Status.CANCELLED,
        Status.EXPIRED,
        Status.REFUNDED,  # the refund can overtake the webhook of the payment
    },
    Status.WAITING_FOR_PAYMENT: {
        Status.PENDING,  # its page was lost, and there is time for another one
        Status.PAID,
        Status.CANCELLED,
        Status.EXPIRED,
        Status.REFUNDED,
    },
    Status.PAID: {Status.COOKING, Status.COOKED, Status.REFUNDED},
    Status.COOKING: {Status.COOKED, Status.REFUNDED},
    Status.COOKED: {Status.REFUNDED},
    Status.CANCELLED: set(),
    Status.EXPIRED: {
        Status.PAID,  # paid at the last moment, and its units could be taken again
        Status.CANCELLED,  # its page was closed to cancel it, and Stripe's event of that came first
    },
    Status.REFUNDED: set(),
}
