"""The stock service's commands and queries, on a store that loses a race each time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gorder.contracts.stock import (
    ConfirmReservation,
    HoldRequest,
    Line,
    ListMenu,
    OverdueReservations,
    Refusal,
    Refused,
    ReleaseReservation,
    Reserved,
    ReserveStock,
)
from gorder.stock.commands.confirm_reservation import ConfirmReservationHandler
from gorder.stock.commands.receive_stock import ReceiveStock, ReceiveStockHandler
from gorder.stock.commands.release_reservation import ReleaseReservationHandler
from gorder.stock.commands.reserve_stock import ReserveStockHandler
from gorder.stock.commands.sync_catalogue import SyncCatalogue, SyncCatalogueHandler
from gorder.stock.commands.sync_product import SyncProduct, SyncProductHandler
from gorder.stock.model import Product, ReceiptDiffers, UnknownProductRefusal
from gorder.stock.ports import LockTimeoutError, Unusable
from gorder.stock.queries.list_menu import LONGEST_MENU, ListMenuHandler
from gorder.stock.queries.list_overdue import ListOverdueHandler
from gorder.stock.queries.list_stock import ListStock, ListStockHandler
from gorder.stock.replies import REFUSALS
from tests.fakes.stock import (
    FixedProducts,
    MemoryStockLock,
    MemoryStockStore,
    product,
)
from tests.fakes.telemetry import MemoryTelemetry

EXPIRES = datetime(2026, 12, 1, tzinfo=UTC)
LATER = EXPIRES + timedelta(hours=2)
SOUP = product("soup", amount=700)
BREAD = product("bread", amount=200)


class Shop:
    """A store with soup and bread, and the use cases on it. Every run loses one race first."""

    def __init__(self) -> None:
        self.store = MemoryStockStore()
        self.lock = MemoryStockLock()
        self.telemetry = MemoryTelemetry()
        self.sync(SOUP, BREAD)
        self.receive("r1", "soup", 10)
        self.receive("r1", "bread", 10)

    def racing(self) -> MemoryStockStore:
        self.store.races_to_lose = 1
        return self.store

    def sync(self, *products: Product) -> tuple[str, ...]:
        return SyncCatalogueHandler(self.racing(), FixedProducts(*products))(SyncCatalogue()).saved

    def receive(self, receipt_id: str, product_id: str, quantity: int) -> bool:
        message = ReceiveStock(receipt_id, product_id, quantity)
        return ReceiveStockHandler(self.racing())(message)

    def reserve(self, order_id: str, **quantities: int) -> Reserved | Refused:
        lines = tuple(Line(product_id=p, quantity=q) for p, q in quantities.items())
        return self.hold(HoldRequest(order_id=order_id, lines=lines, expires_at=EXPIRES))

    def hold(self, wish: HoldRequest) -> Reserved | Refused:
        handler = ReserveStockHandler(self.racing(), self.lock)
        (outcome,) = handler(ReserveStock(trace_id="t", holds=(wish,))).outcomes
        return outcome

    def confirm(self, order_id: str) -> str:
        message = ConfirmReservation(trace_id="t", order_id=order_id)
        outcome = ConfirmReservationHandler(self.racing())(message).outcome
        return outcome.refusal if isinstance(outcome, Refused) else outcome.outcome

    def sync_one(self, product_id: str, *source: Product) -> None:
        handler = SyncProductHandler(self.racing(), FixedProducts(*source), self.telemetry)
        handler(SyncProduct(product_id))

    def overdue(self, before: datetime, limit: int = 50) -> tuple[str, ...]:
        message = OverdueReservations(trace_id="t", before=before, limit=limit)
        return ListOverdueHandler(self.racing())(message).order_ids

    def release(self, order_id: str, overdue_at: datetime | None = None) -> str:
        message = ReleaseReservation(trace_id="t", order_id=order_id, overdue_at=overdue_at)
        outcome = ReleaseReservationHandler(self.racing())(message).outcome
        return outcome.refusal if isinstance(outcome, Refused) else outcome.outcome

    def soup(self) -> tuple[int, int]:
        item = self.store.kept.stock["soup"]
        return item.on_hand, item.held


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_reserving_holds_and_prices_every_line_in_the_sequence_asked_for(shop: Shop) -> None:
    outcome = shop.reserve("o1", soup=2, bread=3)
    assert isinstance(outcome, Reserved)
    assert [(p.product_id, p.quantity, p.unit_amount) for p in outcome.lines] == [
        ("soup", 2, 700),
        ("bread", 3, 200),
    ]
    assert shop.soup() == (10, 2)
    assert shop.lock.locked == set()


def test_reserving_again_answers_the_same_though_price_and_catalogue_changed(shop: Shop) -> None:
    first = shop.reserve("o1", soup=2, bread=3)
    shop.sync(product("soup", amount=9999))
    assert shop.reserve("o1", soup=2, bread=3) == first
    assert shop.soup() == (10, 2)


def test_lines_of_one_product_are_added_up(shop: Shop) -> None:
    lines = (Line(product_id="soup", quantity=6), Line(product_id="soup", quantity=5))
    outcome = shop.hold(HoldRequest(order_id="o1", lines=lines, expires_at=EXPIRES))
    assert isinstance(outcome, Refused)
    assert outcome.lines[0].model_dump() == {
        "product_id": "soup",
        "requested": 11,
        "available": 10,
        "reason": None,
    }


def test_one_order_of_several_may_be_refused(shop: Shop) -> None:
    wishes = tuple(
        HoldRequest(order_id=o, lines=(Line(product_id="soup", quantity=q),), expires_at=EXPIRES)
        for o, q in [("o1", 6), ("o2", 6), ("o3", 4)]
    )
    message = ReserveStock(trace_id="t", holds=wishes)
    answer = ReserveStockHandler(shop.racing(), shop.lock)(message)
    assert [(o.order_id, o.outcome) for o in answer.outcomes] == [
        ("o1", "reserved"),
        ("o2", "refused"),
        ("o3", "reserved"),
    ]
    assert shop.soup() == (10, 10)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ({"ghost": 1}, Refusal.UNKNOWN_PRODUCT),
        ({"soup": 11}, Refusal.INSUFFICIENT_STOCK),
        ({"idle": 1}, Refusal.INACTIVE_PRODUCT),
        ({"soup": 1, "dollars": 1}, Refusal.MIXED_CURRENCIES),
    ],
)
def test_refusals_are_answers(shop: Shop, lines: dict[str, int], refusal: Refusal) -> None:
    idle = replace(product("idle"), price=None, active=False)
    shop.sync(SOUP, BREAD, idle, product("dollars", currency="usd"))
    outcome = shop.reserve("o1", **lines)
    assert isinstance(outcome, Refused)
    assert outcome.refusal is refusal
    assert shop.soup() == (10, 0)


def test_a_lock_that_cannot_be_had_reserves_nothing(shop: Shop) -> None:
    with shop.lock.held(["soup"]), pytest.raises(LockTimeoutError):
        shop.reserve("o1", soup=1, bread=1)
    assert shop.store.kept.reserved == {}


def test_confirming_sells_once(shop: Shop) -> None:
    shop.reserve("o1", soup=2)
    assert [shop.confirm("o1"), shop.confirm("o1")] == ["confirmed", "confirmed"]
    assert shop.soup() == (8, 0)
    assert shop.release("o1") == Refusal.RESERVATION_CONFIRMED
    assert isinstance(shop.reserve("o1", soup=2), Reserved)
    assert shop.soup() == (8, 0)


def test_releasing_frees_once(shop: Shop) -> None:
    shop.reserve("o1", soup=2)
    assert [shop.release("o1"), shop.release("o1")] == ["released", "released"]
    assert shop.soup() == (10, 0)
    assert shop.confirm("o1") == Refusal.RESERVATION_RELEASED
    again = shop.reserve("o1", soup=2)
    assert isinstance(again, Refused)
    assert again.refusal is Refusal.RESERVATION_RELEASED


def test_an_order_reserved_with_other_lines_differs(shop: Shop) -> None:
    shop.reserve("o1", soup=2)
    outcome = shop.reserve("o1", soup=3)
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.RESERVATION_DIFFERS


def test_what_was_never_reserved_is_not_found(shop: Shop) -> None:
    assert shop.confirm("o9") == shop.release("o9") == Refusal.RESERVATION_NOT_FOUND


def test_every_refusal_of_the_contract_has_its_fact() -> None:
    assert set(REFUSALS.values()) == set(Refusal)


def test_a_receipt_counts_once(shop: Shop) -> None:
    assert shop.receive("r2", "soup", 5)
    assert not shop.receive("r2", "soup", 5)
    assert shop.soup() == (15, 0)
    with pytest.raises(ReceiptDiffers, match="booked with 5"):
        shop.receive("r2", "soup", 6)
    with pytest.raises(UnknownProductRefusal, match="ghost"):
        shop.receive("r2", "ghost", 1)


def test_a_second_synchronisation_changes_nothing(shop: Shop) -> None:
    assert shop.sync(SOUP, BREAD) == ()
    assert shop.sync(product("soup", amount=1), BREAD, product("tea")) == ("soup", "tea")
    assert shop.soup() == (10, 0)


def test_a_product_gone_from_the_source_is_kept_but_cannot_be_ordered(shop: Shop) -> None:
    assert shop.sync(SOUP) == ("bread",)
    outcome = shop.reserve("o1", bread=1)
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.INACTIVE_PRODUCT
    assert shop.sync(SOUP) == ()
    assert shop.sync(SOUP, BREAD) == ("bread",)
    assert isinstance(shop.reserve("o1", bread=1), Reserved)


def test_listing_shows_every_product(shop: Shop) -> None:
    listed = ListStockHandler(shop.racing())(ListStock())
    assert [(i.product.product_id, i.available) for i in listed] == [("bread", 10), ("soup", 10)]


def test_reserving_again_holds_for_longer_and_never_shorter(shop: Shop) -> None:
    for hours, until in [(0, EXPIRES), (2, LATER), (1, LATER)]:
        wish = HoldRequest(
            order_id="o1",
            lines=(Line(product_id="soup", quantity=2),),
            expires_at=EXPIRES + timedelta(hours=hours),
        )
        assert isinstance(shop.hold(wish), Reserved)
        assert shop.store.kept.reserved["o1"].expires_at == until
    assert shop.soup() == (10, 2)


def test_only_what_is_overdue_is_listed_the_oldest_first(shop: Shop) -> None:
    for order_id, hours in [("late", 1), ("later", 2), ("latest", 3), ("in_time", 9)]:
        lines = (Line(product_id="soup", quantity=1), Line(product_id="bread", quantity=1))
        expires_at = EXPIRES + timedelta(hours=hours)
        shop.hold(HoldRequest(order_id=order_id, lines=lines, expires_at=expires_at))
    shop.confirm("later")
    assert shop.overdue(EXPIRES + timedelta(hours=9)) == ("late", "latest")
    assert shop.overdue(EXPIRES + timedelta(hours=9), limit=1) == ("late",)
    assert shop.overdue(EXPIRES + timedelta(hours=1)) == ()


def test_what_is_overdue_is_released_and_nothing_else(shop: Shop) -> None:
    shop.reserve("o1", soup=2)
    assert shop.release("o1", overdue_at=EXPIRES) == Refusal.RESERVATION_NOT_OVERDUE
    assert shop.soup() == (10, 2)
    assert shop.release("o1", overdue_at=LATER) == "released"
    assert shop.release("o1", overdue_at=EXPIRES) == "released"
    assert shop.soup() == (10, 0)


def test_a_sold_order_is_never_overdue(shop: Shop) -> None:
    shop.reserve("o1", soup=2)
    shop.confirm("o1")
    assert shop.overdue(LATER) == ()
    assert shop.release("o1", overdue_at=LATER) == Refusal.RESERVATION_CONFIRMED


def test_the_menu_shows_what_can_be_ordered_by_name(shop: Shop) -> None:
    inactive = replace(product("idle"), active=False)
    shop.sync(SOUP, BREAD, inactive, replace(product("z"), name="apple pie"))
    shop.reserve("o1", soup=10)
    answer = ListMenuHandler(shop.racing(), shop.telemetry)(ListMenu(trace_id="t"))
    assert [(p.name, p.unit_amount, p.available) for p in answer.products] == [
        ("apple pie", 500, 0),
        ("Name of bread", 200, 10),
        ("Name of soup", 700, 0),
    ]
    assert shop.telemetry.counts == {}


def test_a_menu_too_long_is_cut_and_told(shop: Shop) -> None:
    shop.sync(*(product(f"p{number}") for number in range(LONGEST_MENU + 1)))
    answer = ListMenuHandler(shop.racing(), shop.telemetry)(ListMenu(trace_id="t"))
    assert len(answer.products) == LONGEST_MENU
    assert shop.telemetry.counts == {"MenuCut": 1}


def test_a_changed_price_is_for_new_orders_only(shop: Shop) -> None:
    before = shop.reserve("o1", soup=1)
    shop.sync_one("soup", product("soup", amount=800), BREAD)
    after = shop.reserve("o2", soup=1)
    assert isinstance(before, Reserved)
    assert isinstance(after, Reserved)
    assert (before.lines[0].unit_amount, after.lines[0].unit_amount) == (700, 800)
    assert shop.reserve("o1", soup=1) == before


def test_a_product_that_is_gone_or_unusable_cannot_be_ordered(shop: Shop) -> None:
    shop.sync_one("soup", BREAD)
    reason = Unusable("bread", "Bread", "its default price is recurring")
    source = FixedProducts(replace(BREAD, price=None, active=False))
    source.listing = replace(source.listing, unusable=(reason,))
    SyncProductHandler(shop.racing(), source, shop.telemetry)(SyncProduct("bread"))
    assert shop.telemetry.counts == {"ProductUnusable": 1}
    assert shop.telemetry.warnings == ["catalogue.unusable"]
    for product_id in ("soup", "bread"):
        outcome = shop.reserve("o1", **{product_id: 1})
        assert isinstance(outcome, Refused)
        assert outcome.refusal is Refusal.INACTIVE_PRODUCT


def test_a_product_told_of_before_anything_is_known_of_it_is_added(shop: Shop) -> None:
    shop.sync_one("tea", product("tea"))
    shop.sync_one("ghost")
    assert shop.receive("r9", "tea", 3)
    assert isinstance(shop.reserve("o1", tea=3), Reserved)
    assert "ghost" not in shop.store.kept.stock
