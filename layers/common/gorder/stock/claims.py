"""What one client may hold: a few unpaid orders, and a share of each product. No I/O.

Customers are not authenticated, so a client is an address. The limit per customer keeps one
customer from using up the orders of an address that many share.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gorder.stock.model import Hold
from gorder.stock.refusals import ShareRefusal, Shortfall, StockRefusal, UnpaidOrdersRefusal


@dataclass(frozen=True, slots=True)
class Client:
    """Hashes of a source address, and of a customer at that address."""

    address: str
    customer: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Units of a product that a client claims for another, unpaid order."""

    order_id: str
    customer: str
    product_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """What counts for a client's new claim.

    Attributes:
        others: the claims of the same address for other orders.
        on_hand: the units on hand of each wanted product.
        is_reserved: whether the order has a reservation already: it was admitted before.
    """

    others: Sequence[Claim]
    on_hand: Mapping[str, int]
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

    def refusal(self, client: Client, hold: Hold, claimed: Claimed) -> StockRefusal | None:
        """Return why the client may not hold these units, or None if it may."""
        if claimed.is_reserved:
            return None
        of_address = {claim.order_id for claim in claimed.others}
        of_customer = {c.order_id for c in claimed.others if c.customer == client.customer}
        if len(of_customer) >= self.orders_of_customer or len(of_address) >= self.orders_of_address:
            return UnpaidOrdersRefusal("the client has too many unpaid orders")
        units: Counter[str] = Counter()
        for claim in claimed.others:
            units[claim.product_id] += claim.quantity
        beyond = [
            Shortfall(product_id, quantity, max(share - units[product_id], 0))
            for product_id, quantity in hold.quantities.items()
            if quantity <= (on_hand := claimed.on_hand.get(product_id, 0))  # else it is short
            and (share := self._share(on_hand)) < units[product_id] + quantity
        ]
        return ShareRefusal("the client would hold more than its share", beyond) if beyond else None

    def _share(self, on_hand: int) -> int:
        return max(self.small_share, on_hand * self.share_percent // 100)
