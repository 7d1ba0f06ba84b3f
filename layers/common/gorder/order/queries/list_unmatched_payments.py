"""List payments whose order was not stored when they arrived."""

from dataclasses import dataclass

from gorder.order.payments import UnmatchedPayment, UnreadablePayment
from gorder.order.ports import OrderRepository


@dataclass(frozen=True, slots=True)
class ListUnmatchedPayments:
    """A request of staff for `limit` payments, those found before the payment `after`."""

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class UnmatchedPage:
    """Some of the payments, the last found first.

    Attributes:
        found: the payments.
        unreadable: those among them whose record was changed by hand and cannot be read.
        recorded: the keys of those that are recorded with their order now.
        next: the last key, if payments were found before these.
    """

    found: tuple[UnmatchedPayment, ...]
    unreadable: tuple[UnreadablePayment, ...]
    recorded: frozenset[str]
    next: str | None


@dataclass(frozen=True, slots=True)
class ListUnmatchedPaymentsHandler:
    """Reads a page along an index, and the keys of its orders' payments."""

    orders: OrderRepository

    def __call__(self, query: ListUnmatchedPayments) -> UnmatchedPage:
        """Return the page.

        Raises:
            UnknownPayment: no payment `after` is listed.
            OrderStoreUnavailableError: try again.
        """
        listed = self.orders.unmatched_payments(query.limit + 1, query.after)
        page = listed[: query.limit]
        found = tuple(each for each in page if isinstance(each, UnmatchedPayment))
        recorded = self.orders.payment_keys({each.order_id for each in found})
        return UnmatchedPage(
            found=found,
            unreadable=tuple(each for each in page if isinstance(each, UnreadablePayment)),
            recorded=frozenset(
                each.key for each in found if each.key in recorded.get(each.order_id, ())
            ),
            next=page[-1].key if len(listed) > query.limit else None,
        )
