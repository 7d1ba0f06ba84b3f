"""The ports of the stock service, and the errors of their adapters."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gorder.errors import DefectError, TransientError
from gorder.stock.catalogue import CatalogueSnapshot
from gorder.stock.claims import Claimed, Client, ClientLimits, OpenHold
from gorder.stock.entries import Entry
from gorder.stock.model import (
    BookedUnits,
    Hold,
    Movement,
    Product,
    Reservation,
    ReservationState,
    Signature,
    StockItem,
)
from gorder.stock.pauses import Pauses
from gorder.stock.reservation_plan import ReserveOutcome

type Outcomes = Sequence[ReserveOutcome]
type Reserve = Callable[[Sequence[Hold]], Outcomes]
"""Serves holds and returns their outcomes in the same sequence."""


class StockStoreUnavailableError(TransientError):
    """The stock database cannot be reached. Nothing is lost; repeat the request."""

    code = "stock_store_unavailable"


class StockContentionError(TransientError):
    """Other requests changed the same stock until the time budget was spent. Repeat the request."""

    code = "stock_contention"


class StockStoreError(DefectError):
    """The stock database refused a statement because of a bug or a missing migration."""

    code = "stock_store"


class MigrationError(DefectError):
    """The schema could not be brought up to date. The text says what to do."""

    code = "migration"


class QueueTimeoutError(TransientError):
    """The request was not served within its time budget. Repeat the request."""

    code = "queue_timeout"


class CatalogueSourceError(TransientError):
    """The catalogue's source did not answer completely. Nothing was changed; repeat the request."""

    code = "catalogue_source"


class StockTransaction(Protocol):
    """Reads and changes the stock in one transaction."""

    def items(self, product_ids: Iterable[str], *, lock: bool = False) -> dict[str, StockItem]:
        """Return those of the products that exist, by id, with their units.

        With `lock`, no other transaction changes the units until this one ends.
        """
        ...

    def all_items(self) -> list[StockItem]:
        """Return the whole catalogue with its units, in the sequence of the product ids."""
        ...

    def menu(self, limit: int) -> list[StockItem]:
        """Return the first products that are active or paused, by position and name."""
        ...

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        """Return the reservations of these orders, by order id, in any state."""
        ...

    def hold(self, reservations: Sequence[Reservation]) -> None:
        """Add new reservations and hold their units.

        If the units or an order were taken since they were read, the work runs again.
        """
        ...

    def extend(self, reservations: Sequence[Reservation]) -> None:
        """Save the later `expires_at` of each of these held reservations.

        If one was settled or extended since it was read, the work runs again.
        """
        ...

    def settle(
        self,
        reservation: Reservation,
        before: ReservationState = ReservationState.HELD,
        signature: Signature | None = None,
    ) -> None:
        """Save the new state of a reservation that was in the state `before`; book its units.

        The movements keep the signature, if staff asked for it.

        If it was settled or extended since it was read, or units that a released reservation takes
        again were taken by others, the work runs again.
        """
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Return the orders whose holds ended before a time, the longest overdue first."""
        ...

    def movements(self, order_id: str) -> list[Movement]:
        """Return what an order has moved, oldest first. Deliveries and entries are not among it."""
        ...

    def booked_units(
        self, kinds: Collection[str], begin: datetime, end: datetime
    ) -> list[BookedUnits]:
        """Return the sums of movements of these kinds from `begin` until before `end`."""
        ...

    def receipts(self, receipt_id: str) -> Mapping[str, int]:
        """Return the units that this receipt has booked, by product id."""
        ...

    def receive(
        self,
        receipt_id: str,
        product_id: str,
        quantity: int,
        by: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Book units of a product that exists under a receipt, who asked for it, and why."""
        ...

    def entry(self, entry_id: str, product_id: str) -> Entry | None:
        """Return what was booked of a product under this entry, if anything."""
        ...

    def book(self, entry: Entry, signature: Signature) -> None:
        """Book a new entry of a product whose units this transaction has locked."""
        ...

    def lock_catalogue(self) -> None:
        """Lock out every other synchronisation until the transaction ends."""
        ...

    def save_products(self, products: Sequence[Product]) -> None:
        """Add or replace products. A new one has no units."""
        ...

    def pauses(self) -> Pauses:
        """Return the pauses that have not ended."""
        ...

    def pause(self, product_id: str | None, by: str, reason: str) -> None:
        """Begin a pause of a product, or of the whole shop, under `lock_catalogue`.

        It changes no product: `save_products` does.
        """
        ...

    def resume(self, product_id: str | None, by: str, reason: str) -> None:
        """End the pause of a product, or of the whole shop. It changes no product."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Every hold was new and is held."""

    reservations: Sequence[Reservation]


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Nothing was changed: what is stored of the products and orders, to decide on."""

    items: Mapping[str, StockItem]
    reservations: Mapping[str, Reservation]


@dataclass(frozen=True, slots=True)
class Contended:
    """Nothing was changed: other requests change the units of these products now."""

    product_ids: Collection[str]


@dataclass(frozen=True, slots=True)
class SettleAttempt:
    """The reservation as it is stored now, and whether the attempt has settled it."""

    reservation: Reservation | None
    settled: bool


class StockStore(Protocol):
    """Keeps the stock. Makes overselling impossible for every sequence of calls."""

    def try_hold(self, holds: Sequence[Hold], *, wait: bool) -> Held | NotHeld | Contended:
        """Hold all of the holds in one round trip, if that needs no decision.

        It needs none if each order is new, each product is active, each order has one currency,
        and there are enough units for all. Otherwise nothing is changed.

        Args:
            holds: those of one or several requests.
            wait: whether to wait for other requests that change the same units now. If not, the
                attempt may be `Contended`.

        Raises:
            StockContentionError: it lost every race within the time budget.
            StockStoreUnavailableError: the store is down.
            StockStoreError: a defect.
        """
        ...

    def try_settle(
        self, order_id: str, state: ReservationState, overdue_at: datetime | None = None
    ) -> SettleAttempt:
        """Confirm or release a reservation in one round trip, if it is held.

        With `overdue_at`, only if the hold had ended by then. Raises what `try_hold` raises.
        """
        ...

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        """Run the work in one transaction; run it again from the start if it lost a race.

        Raises:
            StockContentionError: it lost every race within the time budget.
            StockStoreUnavailableError: the store is down.
            StockStoreError: a defect.
        """
        ...


class ClientClaims(Protocol):
    """Keeps what clients claim. Every method raises what the methods of `StockStore` raise."""

    def claim(self, client: Client, hold: Hold, limits: ClientLimits) -> Claimed:
        """Claim the units of a hold, if the client is within the limits and they are available.

        An order that is reserved is not claimed. Claims of one address see each other, one after
        the other.
        """
        ...

    def withdraw(self, client: Client, claim_id: str) -> None:
        """Take back the claim of a request that was refused. Can be repeated."""
        ...

    def largest_holds(self, limit: int) -> Sequence[OpenHold]:
        """Return the holds of unpaid orders, those with the most units first."""
        ...

    def forget(self, older_than: timedelta) -> bool:
        """Delete some thousand claims that do not count any more and were made longer ago.

        Return whether there may be more of them.
        """
        ...


class ReservationQueue(Protocol):
    """Joins the requests for a contended product in batches. Correctness does not depend on it."""

    def contended_product(self, product_ids: Iterable[str]) -> str | None:
        """Return one of the products that was contended when this process last saw it."""
        ...

    def reserve(self, product_id: str, holds: Sequence[Hold], serve: Reserve) -> Outcomes | None:
        """Serve the holds, alone or in a batch with those of other requests for the product.

        Each request is served by `serve`, in this process or in another. If the queue is down,
        the holds are served alone.

        Returns None if a batch found the product sold out meanwhile. Try the holds again: they may
        be held already, or units may have come back.

        Raises:
            QueueTimeoutError: they were not served within the time budget.
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        ...


class ProductSource(Protocol):
    """Reads the catalogue from its source."""

    def products(self) -> CatalogueSnapshot:
        """Return every product, active or not.

        Raises:
            CatalogueSourceError: the source is down, or its answer is incomplete.
        """
        ...

    def product(self, product_id: str) -> CatalogueSnapshot:
        """Return one product as it is now; an empty snapshot if the source does not have it.

        Raises:
            CatalogueSourceError: the source is down.
        """
        ...
