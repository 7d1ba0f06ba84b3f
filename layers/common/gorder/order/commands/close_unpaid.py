"""Close an order that was not paid: first its payment page, then its status."""

from collections.abc import Callable

from gorder.contracts.telemetry import Telemetry
from gorder.order.commands.transition import transition
from gorder.order.model import Order
from gorder.order.payment_ports import PageOutcome, PaymentPages
from gorder.order.ports import OrderRepository
from gorder.order.store_errors import ConcurrentUpdateError

type Close = Callable[[Order, str | None], Order]
"""Cancels or expires an order whose page, if it had one, was closed; a pure function."""


def close_unpaid(
    orders: OrderRepository,
    pages: PaymentPages,
    telemetry: Telemetry,
    order_id: str,
    close: Close,
    after: frozenset[PageOutcome] = frozenset({PageOutcome.CLOSED}),
) -> tuple[Order, PageOutcome]:
    """Apply `close` to the stored order once no payment can be made on its page.

    An order without a page is closed at once. Otherwise its page is closed between two
    transitions, so that a conflict never repeats the call to the payment service. Between them,
    Stripe's event of the closed page may let the order expire, or plan another page.

    Args:
        orders: where the order is stored.
        pages: where its page is closed.
        telemetry: where a new status is recorded.
        order_id: the order to close.
        close: gets the order, and its page once that is closed.
        after: the outcomes after which the order is closed.

    Returns:
        The order as stored. It is unchanged if the outcome is another one than those.

    Raises:
        OrderMissingError: the order is not stored.
        ConcurrentUpdateError: other writers were faster.
    """

    def close_without_page(order: Order) -> Order:
        return close(order, None) if order.checkout.session_id is None else order

    order = transition(orders, telemetry, order_id, close_without_page)
    session_id = order.checkout.session_id
    if session_id is None or close(order, None) == order:
        return order, PageOutcome.CLOSED
    outcome = pages.close(session_id)
    if outcome not in after:
        return order, outcome

    def close_with_page(order: Order) -> Order:
        if order.checkout.session_id not in {None, session_id}:
            raise ConcurrentUpdateError(
                f"order {order_id} got another page than {session_id} meanwhile; try again"
            )
        return close(order, session_id)

    return transition(orders, telemetry, order_id, close_with_page), outcome
