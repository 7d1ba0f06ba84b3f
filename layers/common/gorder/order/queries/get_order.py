"""Return an order to the holder of its access token."""

from dataclasses import dataclass

from gorder.order.access_check import AccessCheck
from gorder.order.access_token import Scope
from gorder.order.errors import OrderNotFound
from gorder.order.model import Order
from gorder.order.ports import OrderRepository
from gorder.order.store_errors import OrderMissingError


@dataclass(frozen=True, slots=True)
class GetOrder:
    """A customer's request to see an order."""

    customer_id: str
    order_id: str
    access_token: str


@dataclass(frozen=True, slots=True)
class GetOrderHandler:
    """Reads an order in one round trip, or in none if the token does not match."""

    orders: OrderRepository
    access: AccessCheck

    def __call__(self, query: GetOrder) -> Order:
        """Return the order as it is stored.

        Raises:
            OrderNotFound: the order does not exist, or customer or token do not match it.
            OrderStoreUnavailableError: try again.
        """
        self.access.require(Scope.READ, query.customer_id, query.order_id, query.access_token)
        try:
            order = self.orders.get(query.order_id)
        except OrderMissingError:
            raise OrderNotFound from None
        if order.customer_id != query.customer_id:
            raise OrderNotFound
        return order
