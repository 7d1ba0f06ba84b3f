"""The back office's requests that repair rows of the stock, and its replies."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from gorder.contracts.back_office_orders import MAX_LISTED
from gorder.contracts.base import Contract
from gorder.contracts.fields import EntryId, Person, ProductId, ReceiptId, Words


class RepairStockRequest(Contract):
    """Set the units of a product to the sums of its movements. A repair is made once.

    With `dry_run` the repair is answered and nothing is changed.
    """

    command: Literal["repair_stock"]
    repair_id: EntryId
    product_id: ProductId
    reason: Words
    by: Person
    dry_run: bool = False


class RepairStockOrderRequest(Contract):
    """Make the reservation and the movements of an order agree. A repair is made once.

    `keep` says which rows are right: the others are written from them. `order` are the lines of the
    order's document. `state` is the one that all lines of a reservation get: if those that are kept
    have several, and with `order` also if there are none or theirs is wrong. With `dry_run` the
    repair is answered and nothing is changed. A movement may name the id of a receipt as its order.
    """

    command: Literal["repair_stock_order"]
    repair_id: EntryId
    order_id: ReceiptId
    keep: Literal["movements", "reservation", "order"]
    state: Literal["held", "confirmed", "released", "returned", "wasted"] | None = None
    reason: Words
    by: Person
    dry_run: bool = False


class ListStockRepairsRequest(Contract):
    """List the repairs, newest first: those before the repair `after`."""

    command: Literal["list_stock_repairs"]
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = MAX_LISTED
    after: EntryId | None = None


StockRepairRequest = RepairStockRequest | RepairStockOrderRequest | ListStockRepairsRequest


class RepairedLineBody(Contract):
    """A row of a reservation.

    `archived` has the kinds of its movements that were deleted because they are old.
    """

    product_id: str
    quantity: int
    state: str
    expires_at: AwareDatetime
    reserved_at: AwareDatetime
    settled_at: AwareDatetime | None
    archived: tuple[str, ...]


class RepairedMovementBody(Contract):
    """A movement of an order."""

    product_id: str
    kind: str
    quantity: int
    occurred_at: AwareDatetime


class RepairedUnitsBody(Contract):
    """The units of a product; None without a row. `in_catalogue`: it is in the list of products."""

    product_id: str
    in_catalogue: bool
    on_hand: int | None
    held: int | None


class RepairedSumBody(Contract):
    """The sum of a product's movements of a kind."""

    product_id: str
    kind: str
    quantity: int


class RepairedNameBody(Contract):
    """The name and the price of a row of a reservation. `unit_amount` is in minor units."""

    product_id: str
    name: str
    price_id: str
    unit_amount: int
    currency: str


class RepairedRowsBody(Contract):
    """Rows that a repair has compared: an order's, if it was about one, and units of products.

    `archived` has the sums of archived movements of a product, and `sums` those of its movements
    that the audit keeps. Each is there if it was wrong. `named` has names and prices, if these
    were.
    """

    lines: tuple[RepairedLineBody, ...]
    movements: tuple[RepairedMovementBody, ...]
    units: tuple[RepairedUnitsBody, ...]
    archived: tuple[RepairedSumBody, ...] = ()
    sums: tuple[RepairedSumBody, ...] = ()
    named: tuple[RepairedNameBody, ...] = ()


class StockRepairedBody(Contract):
    """What the repair has changed, or would change if it was a `dry_run`.

    `repaired` is False for a `dry_run`, if a repair with this id was made before, and if `before`
    and `after` are equal: then nothing was wrong. `left` are products whose units contradict each
    other still, because of other orders or missing units.
    """

    repair_id: str
    subject: str
    repaired: bool
    before: RepairedRowsBody
    after: RepairedRowsBody
    left: tuple[str, ...]


class KeptStockRepairBody(Contract):
    """A repair on record."""

    repair_id: str
    subject: str
    before: RepairedRowsBody
    after: RepairedRowsBody
    reason: str | None
    by: str
    repaired_at: AwareDatetime


class StockRepairsBody(Contract):
    """Repairs, newest first. `next` is the `after` of the next page, if there is one."""

    repairs: tuple[KeptStockRepairBody, ...]
    next: str | None


StockRepairBody = StockRepairedBody | StockRepairsBody
