"""Refuse requests of staff about an order that is not stored, in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from gorder.order.errors import UnknownOrder
from gorder.order.store_errors import OrderMissingError


@contextmanager
def known_order(order_id: str) -> Iterator[None]:
    """Refuse an order that the block does not find.

    Raises:
        UnknownOrder: the order is not stored.
    """
    try:
        yield
    except OrderMissingError:
        raise UnknownOrder(order_id) from None
