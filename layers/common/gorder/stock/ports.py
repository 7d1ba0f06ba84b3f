"""The ports of the stock service, and the errors of their adapters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gorder.errors import DefectError, TransientError
from gorder.stock.model import Drift, Product, Reservation, StockItem


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


class LockTimeoutError(TransientError):
    """Other requests held the lock until the time budget was spent. Repeat the request."""

    code = "lock_timeout"


class CatalogueSourceError(TransientError):
    """The catalogue's source did not answer completely. Nothing was changed; repeat the request."""

    code = "catalogue_source"


class StockTransaction(Protocol):
    """Reads and changes the stock in one transaction."""

    def items(self, product_ids: Iterable[str]) -> dict[str, StockItem]:
        """Return those of the products that exist, by id, with their units."""
        ...

    def all_items(self) -> list[StockItem]:
        """Return the whole catalogue with its units, in the sequence of the product ids."""
        ...

    def menu(self, limit: int) -> list[StockItem]:
        """Return the first active products by name, with their units."""
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

    def settle(self, reservation: Reservation) -> None:
        """Save the final state of a reservation that is still held: confirmed or released.

        If it was settled or extended since it was read, the work runs again.
        """
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """Return the orders whose holds ended before a time, the longest overdue first."""
        ...

    def drift(self) -> list[Drift]:
        """Return the products whose stock differs from the sum of their movements.

        Reads every movement.
        """
        ...

    def receipts(self, receipt_id: str) -> Mapping[str, int]:
        """Return the units that this receipt has booked, by product id."""
        ...

    def receive(
        self, receipt_id: str, product_id: str, quantity: int, by: str | None = None
    ) -> None:
        """Book units of a product that exists under a receipt, and who asked for it."""
        ...

    def lock_catalogue(self) -> None:
        """Lock out every other synchronisation until the transaction ends."""
        ...

    def save_products(self, products: Sequence[Product]) -> None:
        """Add or replace products. A new one has no units."""
        ...


class StockStore(Protocol):
    """Keeps the stock. Makes overselling impossible for every sequence of calls."""

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        """Run the work in one transaction; run it again from the start if it lost a race.

        Raises:
            StockContentionError: it lost every race within the time budget.
            StockStoreUnavailableError: the store is down.
            StockStoreError: a defect.
        """
        ...


class StockLock(Protocol):
    """Reduces contention in the store. Correctness does not depend on it."""

    def held(self, product_ids: Iterable[str]) -> AbstractContextManager[None]:
        """Lock all the products for the block, waiting if necessary.

        If the lock service is down, the block runs unlocked.

        Raises:
            LockTimeoutError: other requests held one of them until the time budget was spent.
        """
        ...


@dataclass(frozen=True, slots=True)
class UnusableProduct:
    """A product that its source calls active and that cannot be ordered, with the reason."""

    product_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CatalogueSnapshot:
    """The products of the source, or one of them, as they were read."""

    products: tuple[Product, ...]
    unusable: tuple[UnusableProduct, ...]


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
