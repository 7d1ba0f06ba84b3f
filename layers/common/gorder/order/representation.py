"""Orders as the public API shows them."""

from collections.abc import Iterable

from gorder.contracts.api import ItemBody, OrderBody, PlacedOrderBody, StatusChangeBody
from gorder.order.commands.create_order import PlacedOrder
from gorder.order.model import OrderLine
from gorder.order.ports import OrderView


def placed_body(placed: PlacedOrder) -> PlacedOrderBody:
    """The answer to whoever placed the order."""
    order = placed.order
    return PlacedOrderBody(
        order_id=order.order_id,
        customer_id=order.customer_id,
        status=order.status.value,
        items=_items(order.lines),
        amount_total=order.amount_total,
        currency=order.currency,
        access_token=placed.access_token,
    )


def order_body(view: OrderView) -> OrderBody:
    """The answer to whoever holds the order's token."""
    return OrderBody(
        order_id=view.order_id,
        customer_id=view.customer_id,
        status=view.status,
        items=_items(view.lines),
        amount_total=view.amount_total,
        currency=view.currency,
        payment_link=view.payment_link,
        history=[StatusChangeBody(status=c.status.value, at=c.at) for c in view.history],
    )


def _items(lines: Iterable[OrderLine]) -> list[ItemBody]:
    return [
        ItemBody(
            id=line.product_id,
            name=line.name,
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            price_id=line.price_id,
        )
        for line in lines
    ]
