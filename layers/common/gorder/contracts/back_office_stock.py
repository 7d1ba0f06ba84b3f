"""The back office's requests about products and units, and its replies."""

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from gorder.contracts.back_office_menu import PauseBody
from gorder.contracts.base import Contract
from gorder.contracts.fields import (
    CountedUnits,
    EntryId,
    OrderId,
    Person,
    ProductId,
    ReceiptId,
    Units,
    Words,
)


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
    reason: Words | None = None


class WasteStockRequest(Contract):
    """Book units that are spoiled or broken. An entry books a product once."""

    command: Literal["waste_stock"]
    entry_id: EntryId
    product_id: ProductId
    quantity: Units
    reason: Words
    by: Person


class ReturnStockRequest(Contract):
    """Book units that come back on sale. An entry books a product once."""

    command: Literal["return_stock"]
    entry_id: EntryId
    product_id: ProductId
    quantity: Units
    reason: Words
    by: Person


class CountStockRequest(Contract):
    """Set the units on hand to those counted. An entry books a product once.

    Units that unpaid orders hold are to be counted, units of paid orders are not. With `dry_run`
    the difference is answered and nothing is changed.
    """

    command: Literal["count_stock"]
    entry_id: EntryId
    product_id: ProductId
    counted: CountedUnits
    reason: Words
    by: Person
    dry_run: bool = False


class SettleUnitsRequest(Contract):
    """Settle the units of one order by hand.

    As `returned` they are on sale again, as `wasted` they are gone, and as `released` an overdue
    hold ends. Of a return and a write-off the first counts.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    command: Literal["settle_units"]
    order_id: OrderId
    settle_as: Literal["returned", "wasted", "released"] = Field(alias="as")
    by: Person
    reason: Words | None = None


class ShowStockRequest(Contract):
    """List every product and its units."""

    command: Literal["show_stock"]


class ShowHoldsRequest(Contract):
    """List the hundred largest holds of unpaid orders."""

    command: Literal["show_holds"]


StockRequest = (
    SyncCatalogueRequest
    | ReceiveStockRequest
    | WasteStockRequest
    | ReturnStockRequest
    | CountStockRequest
    | SettleUnitsRequest
    | ShowStockRequest
    | ShowHoldsRequest
)


class UnusableProductBody(Contract):
    """A product that Stripe calls active and that cannot be ordered, with the reason."""

    product_id: str
    name: str
    reason: str


class CatalogueSyncedBody(Contract):
    """The number of products, the ids of those changed, and those that cannot be ordered.

    `ignored` is the number of products of other shops of the Stripe account. Products that are
    paused are not among the unusable ones.
    """

    total: int
    changed: tuple[str, ...]
    unusable: tuple[UnusableProductBody, ...]
    ignored: int


class StockReceivedBody(Contract):
    """True if the units were booked now, False if the receipt had booked them before."""

    booked: bool


class UnitsMovedBody(Contract):
    """True if the units were moved now, False if the entry had moved them before.

    `on_hand` and `held` are the product's units as they are then.
    """

    booked: bool
    on_hand: int
    held: int


class StockCountedBody(Contract):
    """What the count has changed, or would change if it was a `dry_run`.

    `booked` is False for a `dry_run`, and if the entry had booked the count before. `difference` is
    what was counted less what was on hand when the count was booked.
    """

    booked: bool
    counted: int
    difference: int


class UnitsSettledBody(Contract):
    """The state of the order's units then: `released`, `returned` or `wasted`."""

    order_id: str
    state: str


class StockLevelBody(Contract):
    """A product and its units. `unit_amount` is in minor units, None without a price.

    `unusable` says why a product that Stripe calls active cannot be ordered: for example, because
    it is another shop's, or because it or the shop is paused. `paused` is the product's own pause.
    """

    product_id: str
    name: str
    unit_amount: int | None
    currency: str | None
    active: bool
    unusable: str | None
    on_hand: int
    held: int
    paused: PauseBody | None = None


class StockShownBody(Contract):
    """Every product, by id. `shop_paused` is the pause of the whole shop."""

    products: tuple[StockLevelBody, ...]
    shop_paused: PauseBody | None = None


class HoldBody(Contract):
    """The units that an unpaid order holds. `client_address` is a hash, which changes daily."""

    order_id: str
    client_address: str | None
    units: int
    held_until: AwareDatetime


class HoldsShownBody(Contract):
    """The holds with the most units, largest first."""

    holds: tuple[HoldBody, ...]


StockBody = (
    CatalogueSyncedBody
    | StockReceivedBody
    | UnitsMovedBody
    | StockCountedBody
    | UnitsSettledBody
    | StockShownBody
    | HoldsShownBody
)
