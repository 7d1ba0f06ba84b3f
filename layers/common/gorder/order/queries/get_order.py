"""Show an order to whoever holds its token."""

from dataclasses import dataclass

from gorder.order.access_token import AccessTokens, Scope
from gorder.order.model import OrderNotFound
from gorder.order.ports import Clock, OrderView, OrderViews


@dataclass(frozen=True, slots=True)
class GetOrder:
    """One order of one customer."""

    customer_id: str
    order_id: str
    access_token: str


@dataclass(frozen=True, slots=True)
class GetOrderHandler:
    """One round trip; none for a token that does not fit."""

    views: OrderViews
    tokens: AccessTokens
    clock: Clock

    def __call__(self, query: GetOrder) -> OrderView:
        """The order as it stands.

        Raises:
            OrderNotFound: no such order, not this customer's, or not this token's.
            OrderStoreUnavailableError: worth a retry.
        """
        order = (query.customer_id, query.order_id)
        fits = self.tokens.opens(query.access_token, Scope.READ, *order, self.clock())
        view = self.views.find(*order) if fits else None
        if view is None:
            raise OrderNotFound
        return view
