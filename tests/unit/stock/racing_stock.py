"""The stock service's commands and queries on a store that loses one race in each of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from gorder.stock.commands.confirm_reservation import (
    ConfirmReservation,
    ConfirmReservationHandler,
)
from gorder.stock.commands.count_stock import CountStock, CountStockHandler
from gorder.stock.commands.move_stock import MoveStock, MoveStockHandler
from gorder.stock.commands.pause_menu import PauseMenu, PauseMenuHandler
from gorder.stock.commands.receive_stock import ReceiveStock, ReceiveStockHandler
from gorder.stock.commands.release_reservation import (
    ReleaseReservation,
    ReleaseReservationHandler,
)
from gorder.stock.commands.reserve_stock import ReserveStock, ReserveStockHandler
from gorder.stock.commands.resume_menu import ResumeMenu, ResumeMenuHandler
from gorder.stock.commands.return_units import ReturnUnits, ReturnUnitsHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogue, SyncCatalogueHandler
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.commands.write_off_units import WriteOffUnits, WriteOffUnitsHandler
from gorder.stock.entries import EntryKind
from gorder.stock.entry_booking import Booked
from gorder.stock.menu_change import MenuChanged
from gorder.stock.model import Hold, Product, Reservation, Signature, StockItem
from gorder.stock.queries.list_menu import ListMenu, ListMenuHandler, Menu
from gorder.stock.queries.list_stock import ListStock, ListStockHandler
from gorder.stock.queries.overdue_reservations import (
    OverdueReservations,
    OverdueReservationsHandler,
)
from gorder.stock.refusals import StockRefusal
from gorder.stock.reservation_plan import ReserveOutcome
from tests.fakes.products import FixedProducts, product
from tests.fakes.reservation_queue import MemoryQueue
from tests.fakes.stock import MemoryStockStore
from tests.fakes.telemetry import MemoryTelemetry

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
LATER = EXPIRES + timedelta(hours=2)
SOUP = product("soup", amount=700)
BREAD = product("bread", amount=200)
ANN = Signature("ann", "It fell down.")


class RacingStock:
    """Ten units of soup and ten of bread. Every command and query loses one race first."""

    def __init__(self) -> None:
        self.memory = MemoryStockStore()
        self.queue = MemoryQueue()
        self.telemetry = MemoryTelemetry()
        self.sync(SOUP, BREAD)
        self.receive("r1", "soup", 10)
        self.receive("r1", "bread", 10)

    @property
    def store(self) -> MemoryStockStore:
        """The store, about to lose a race."""
        self.memory.races_to_lose = 1
        return self.memory

    def sync(self, *source: Product) -> tuple[str, ...]:
        handler = SyncCatalogueHandler(store=self.store, source=FixedProducts(*source))
        return handler(SyncCatalogue()).saved

    def sync_product(self, product_id: str, source: FixedProducts) -> None:
        handler = SyncProductHandler(store=self.store, source=source, telemetry=self.telemetry)
        handler(SyncProduct(product_id))

    def receive(self, receipt_id: str, product_id: str, quantity: int) -> bool:
        command = ReceiveStock(receipt_id, product_id, quantity)
        return ReceiveStockHandler(store=self.store)(command)

    def reserve(self, *holds: Hold) -> Sequence[ReserveOutcome]:
        return ReserveStockHandler(store=self.store, queue=self.queue)(ReserveStock(holds))

    def held(self, order_id: str, **quantities: int) -> Reservation:
        """Reserve for one order, which must be served."""
        (outcome,) = self.reserve(Hold(order_id, quantities, EXPIRES))
        assert isinstance(outcome, Reservation)
        return outcome

    def refused(self, order_id: str, **quantities: int) -> type[StockRefusal]:
        """Reserve for one order, which must be refused."""
        (outcome,) = self.reserve(Hold(order_id, quantities, EXPIRES))
        assert isinstance(outcome, StockRefusal)
        return type(outcome)

    def confirm(self, order_id: str) -> str | type[StockRefusal]:
        handler = ConfirmReservationHandler(store=self.store)
        return _state(handler(ConfirmReservation(order_id)))

    def release(
        self, order_id: str, overdue_at: datetime | None = None
    ) -> str | type[StockRefusal]:
        handler = ReleaseReservationHandler(store=self.store)
        return _state(handler(ReleaseReservation(order_id, overdue_at)))

    def return_units(self, order_id: str) -> str | type[StockRefusal]:
        return _state(ReturnUnitsHandler(store=self.store)(ReturnUnits(order_id)))

    def write_off(self, order_id: str) -> str | type[StockRefusal]:
        return _state(WriteOffUnitsHandler(store=self.store)(WriteOffUnits(order_id)))

    def waste(self, entry_id: str, product_id: str, quantity: int) -> Booked:
        command = MoveStock(entry_id, product_id, EntryKind.DISCARDED, quantity, ANN)
        return MoveStockHandler(store=self.store)(command)

    def put_back(self, entry_id: str, product_id: str, quantity: int) -> Booked:
        command = MoveStock(entry_id, product_id, EntryKind.RESTOCKED, quantity, ANN)
        return MoveStockHandler(store=self.store)(command)

    def count(
        self, entry_id: str, product_id: str, counted: int, *, dry_run: bool = False
    ) -> Booked:
        command = CountStock(entry_id, product_id, counted, ANN, dry_run)
        return CountStockHandler(store=self.store)(command)

    def pause(self, product_id: str | None, reason: str = "No eggs.") -> MenuChanged:
        return PauseMenuHandler(store=self.store)(PauseMenu(product_id, "ann", reason))

    def resume(self, product_id: str | None, *source: Product) -> MenuChanged:
        handler = ResumeMenuHandler(store=self.store, source=FixedProducts(*source))
        return handler(ResumeMenu(product_id, "bob", "Eggs came."))

    def overdue(self, before: datetime, limit: int = 50) -> Sequence[str]:
        query = OverdueReservations(before, limit)
        return OverdueReservationsHandler(store=self.store)(query)

    def menu(self) -> Menu:
        return ListMenuHandler(store=self.store, telemetry=self.telemetry)(ListMenu())

    def list_stock(self) -> Sequence[StockItem]:
        return ListStockHandler(store=self.store)(ListStock())

    def soup(self) -> tuple[int, int]:
        """The units of soup on hand and held."""
        item = self.memory.kept.stock["soup"]
        return item.on_hand, item.held


def _state(outcome: Reservation | StockRefusal) -> str | type[StockRefusal]:
    return type(outcome) if isinstance(outcome, StockRefusal) else outcome.state.value
