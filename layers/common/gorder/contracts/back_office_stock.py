"""The back office's requests about products and units, and its replies."""

from typing import Literal

from pydantic import AwareDatetime

from gorder.contracts.base import Contract
from gorder.contracts.fields import Person, ProductId, ReceiptId, Units


class SyncCatalogueRequest(Contract):
    """Copy every product and price from Stripe. `by` says who asked."""

    command: Literal["sync_catalogue"]
    by: Person | None = None


class ReceiveStockRequest(Contract):
    """Book units that were delivered. A receipt books a product once. `by` says who asked."""

    command: Literal["receive_stock"]
    receipt_id: ReceiptId
    product_id: ProductId
    quantity: Units
    by: Person | None = None


class ShowStockRequest(Contract):
    """List every product and its units."""

    command: Literal["show_stock"]


class ShowHoldsRequest(Contract):
    """List the hundred largest holds of unpaid orders."""

    command: Literal["show_holds"]


StockRequest = SyncCatalogueRequest | ReceiveStockRequest | ShowStockRequest | ShowHoldsRequest


class UnusableProductBody(Contract):
    """A product that Stripe calls active and that cannot be ordered, with the reason."""

    product_id: str
    name: str
    reason: str


class CatalogueSyncedBody(Contract):
    """The number of products, the ids of those changed, and those that cannot be ordered.

    `ignored` is the number of products of other shops of the Stripe account.
    """

    total: int
    changed: tuple[str, ...]
    unusable: tuple[UnusableProductBody, ...]
    ignored: int


class StockReceivedBody(Contract):
    """True if the units were booked now, False if the receipt had booked them before."""

    booked: bool


class StockLevelBody(Contract):
    """A product and its units. `unit_amount` is in minor units, None without a price.

    `unusable` says why a product that Stripe calls active cannot be ordered: for example, because
    it is another shop's.
    """

    product_id: str
    name: str
    unit_amount: int | None
    currency: str | None
    active: bool
    unusable: str | None
    on_hand: int
    held: int


class StockShownBody(Contract):
    """Every product, by id."""

    products: tuple[StockLevelBody, ...]


class HoldBody(Contract):
    """The units that an unpaid order holds. `client_address` is a hash, which changes daily."""

    order_id: str
    client_address: str | None
    units: int
    held_until: AwareDatetime


class HoldsShownBody(Contract):
    """The holds with the most units, largest first."""

    holds: tuple[HoldBody, ...]


StockBody = CatalogueSyncedBody | StockReceivedBody | StockShownBody | HoldsShownBody
