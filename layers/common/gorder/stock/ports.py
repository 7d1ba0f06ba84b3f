"""What the stock service needs from outside, and how the outside may fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gorder.errors import DefectError, TransientError
from gorder.stock.model import Drift, Product, Reservation, StockItem


class StockStoreUnavailableError(TransientError):
    """The store cannot be reached. Transient: nothing is lost, the same request can be repeated."""

    code = "stock_store_unavailable"


class StockContentionError(TransientError):
    """Others changed the same stock until the budget was spent. Transient: repeat the request."""

    code = "stock_contention"


class StockStoreError(DefectError):
    """The store refused what should have been right. A defect: a bug or a missing migration."""

    code = "stock_store"


class MigrationError(DefectError):
    """The schema could not be brought up to date; the message says what to do."""

    code = "migration"


class LockTimeoutError(TransientError):
    """Others held the lock until the budget was spent. Transient: repeat the request."""

    code = "lock_timeout"


class CatalogueSourceError(TransientError):
    """The catalogue's source gave no whole answer. Transient: nothing was changed."""

    code = "catalogue_source"


class StockTransaction(Protocol):
    """The stock as seen and changed by one piece of work: all of it happens, or none."""

    def items(self, product_ids: Iterable[str]) -> dict[str, StockItem]:
        """The products that exist, by id, with their units."""
        ...

    def every_item(self) -> list[StockItem]:
        """The whole catalogue with its units, by product id."""
        ...

    def menu(self, limit: int) -> list[StockItem]:
        """The active products with their units, by name."""
        ...

    def reservations(self, order_ids: Iterable[str]) -> dict[str, Reservation]:
        """The reservations that exist, by order id, whatever became of them."""
        ...

    def hold(self, reservations: Sequence[Reservation]) -> None:
        """Add new reservations and hold their units; a lost race runs the whole work again."""
        ...

    def prolong(self, reservations: Sequence[Reservation]) -> None:
        """Hold them until the later time they have here; a lost race runs the work again."""
        ...

    def settle(self, reservation: Reservation) -> None:
        """Bring a held reservation and its units to the final state it has here.

        One that was settled or prolonged since it was read is a lost race.
        """
        ...

    def overdue(self, before: datetime, limit: int) -> list[str]:
        """The orders whose units are held beyond their time: the longest overdue first."""
        ...

    def drift(self) -> list[Drift]:
        """The products whose units are not what was written of them. Reads every movement."""
        ...

    def receipts(self, receipt_id: str) -> Mapping[str, int]:
        """The units by product that were booked under this receipt."""
        ...

    def receive(self, receipt_id: str, product_id: str, quantity: int) -> None:
        """Add units of a product that exists, booked under the receipt."""
        ...

    def lock_catalogue(self) -> None:
        """Keep every other synchronisation out until this work has ended."""
        ...

    def save_products(self, products: Sequence[Product]) -> None:
        """Add or replace products; a new one starts with no units."""
        ...


class StockStore(Protocol):
    """Where stock is kept. Overselling is impossible here, whatever the callers do."""

    def run[T](self, work: Callable[[StockTransaction], T]) -> T:
        """Do the work in one transaction, and again from the start when it lost a race.

        Raises:
            StockContentionError: it lost every race within the budget.
            StockStoreUnavailableError: the store is down.
            StockStoreError: a defect.
        """
        ...


class StockLock(Protocol):
    """Shapes contention so that few race in the store. Correctness does not rest on it."""

    def held(self, product_ids: Iterable[str]) -> AbstractContextManager[None]:
        """Hold all the products, or wait; without a working lock go on without.

        Raises:
            LockTimeoutError: others held one of them until the budget was spent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unusable:
    """A product that cannot be ordered though its source calls it active, and why."""

    product_id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the source says of its products, or of one of them."""

    products: tuple[Product, ...]
    unusable: tuple[Unusable, ...]


class ProductSource(Protocol):
    """Where the catalogue comes from."""

    def products(self) -> Listing:
        """Every product there is, active or not.

        Raises:
            CatalogueSourceError: the source is down, or answered only in part.
        """
        ...

    def product(self, product_id: str) -> Listing:
        """One product as it is now; an empty listing if there is none.

        Raises:
            CatalogueSourceError: the source is down.
        """
        ...
