"""Show staff the whole story of an order."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gorder.order.known_order import known_order
from gorder.order.model import Order
from gorder.order.ports import OrderRepository, StockClient
from gorder.order.postponement import Postponement

if TYPE_CHECKING:  # pydantic would build the class at the import
    from gorder.contracts.stock import MovementsListed


@dataclass(frozen=True, slots=True)
class ShowOrder:
    """A request of staff to see an order. `trace_id` is the request's."""

    order_id: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order, how the sweep postponed it last, and what it did in the stock."""

    order: Order
    postponed: Postponement | None
    stock: "MovementsListed"


@dataclass(frozen=True, slots=True)
class ShowOrderHandler:
    """Reads both stores, and no log: orders and movements are kept, logs are deleted."""

    orders: OrderRepository
    stock: StockClient

    def __call__(self, query: ShowOrder) -> OrderStory:
        """Return the story. An order of a later release is shown as far as this one reads it.

        Raises:
            UnknownOrder: the order is not stored.
            OrderUnreadableError: its document was changed; the text names the fields.
            OrderStoreUnavailableError, StockUnavailableError: try again.
        """
        with known_order(query.order_id):
            order = self.orders.get(query.order_id)
        postponed = self.orders.postponement(query.order_id)
        stock = self.stock.movements(query.order_id, query.trace_id)
        return OrderStory(order, postponed, stock)
