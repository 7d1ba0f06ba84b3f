"""List payments whose order was not stored when they arrived."""

from dataclasses import dataclass

from gorder.order.payments import UnmatchedPayment
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
        recorded: the keys of those that are recorded with their order now.
        has_more: whether payments were found before these.
    """

    found: tuple[UnmatchedPayment, ...]
    recorded: frozenset[str]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ListUnmatchedPaymentsHandler:
    """Reads a page along an index, and the keys of its orders' payments."""

    orders: OrderRepository

    def __call__(self, query: ListUnmatchedPayments) -> UnmatchedPage:
        """Return the page.

        Raises:
            UnknownPayment: no payment `after` is listed.
            OrderUnreadableError: a record was changed; the text names its order and the fields.
            OrderStoreUnavailableError: try again.
        """
        found = self.orders.unmatched_payments(query.limit + 1, query.after)
        page = found[: query.limit]
        recorded = self.orders.payment_keys({each.order_id for each in page})
        return UnmatchedPage(
            found=tuple(page),
            recorded=frozenset(
                each.payment.key
                for each in page
                if each.payment.key in recorded.get(each.order_id, ())
            ),
            has_more=len(found) > query.limit,
        )
