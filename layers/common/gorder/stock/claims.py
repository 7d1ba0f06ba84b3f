"""What one client may hold: a few unpaid orders, and a share of each product. No I/O.

Customers are not authenticated, so a client is known by its address. The limit per customer keeps
one customer from using up the orders of an address that many share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gorder.stock.model import Hold, StockItem
from gorder.stock.refusals import ShareRefusal, Shortfall, StockRefusal, UnpaidOrdersRefusal


@dataclass(frozen=True, slots=True)
class Client:
    """Hashes of a source address, and of a customer at that address."""

    address: str
    customer: str


@dataclass(frozen=True, slots=True)
class Use:
    """What an address has beside a new order.

    Attributes:
        orders: unpaid orders of the address.
        own_orders: those of them that are the customer's.
        units: units of each product that the new order wants.
    """

    orders: int = 0
    own_orders: int = 0
    units: Mapping[str, int] = field(default_factory=dict[str, int])

    def plus(self, other: "Use") -> "Use":
        """Return both together."""
        units = {
            product_id: self.units.get(product_id, 0) + other.units.get(product_id, 0)
            for product_id in self.units.keys() | other.units.keys()
        }
        return Use(self.orders + other.orders, self.own_orders + other.own_orders, units)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim, and what counts for it.

    Attributes:
        claim_id: names the claim, to take it back; None if the units are not claimed.
        held: what the address holds.
        in_flight: what other requests of the address claim, whose outcome is not known yet.
        items: the wanted products that exist.
        is_reserved: whether the order has a reservation already: it was admitted before.
    """

    claim_id: str | None
    held: Use
    in_flight: Use
    items: Mapping[str, StockItem]
    is_reserved: bool


@dataclass(frozen=True, slots=True)
class OpenHold:
    """The units that an unpaid order holds. `address` is the client's hash, if it is kept."""

    order_id: str
    address: str | None
    units: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The limits of one client.

    Attributes:
        orders_of_customer: unpaid orders of a customer at one address.
        orders_of_address: unpaid orders of an address.
        share_percent: the share of a product's units on hand that an address may hold.
        small_share: units of a product that an address may hold, even if its share is less.
    """

    orders_of_customer: int
    orders_of_address: int
    share_percent: int
    small_share: int = 2

    def refusal(self, hold: Hold, use: Use, items: Mapping[str, StockItem]) -> StockRefusal | None:
        """Return why an address with this use may not hold the units too, or None if it may."""
        if use.own_orders >= self.orders_of_customer or use.orders >= self.orders_of_address:
            return UnpaidOrdersRefusal("the client has too many unpaid orders")
        left = {
            product_id: self._share(items[product_id]) - use.units.get(product_id, 0)
            for product_id in hold.quantities
        }
        beyond = [
            Shortfall(product_id, quantity, max(left[product_id], 0))
            for product_id, quantity in hold.quantities.items()
            if quantity > left[product_id]
        ]
        return ShareRefusal("the client would hold more than its share", beyond) if beyond else None

    def _share(self, item: StockItem) -> int:
        return max(self.small_share, item.on_hand * self.share_percent // 100)
