"""Contract of entries and pauses in a StockStore, for the fake and for the MySQL adapter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from gorder.stock.entries import Entry, EntryKind
from gorder.stock.model import Signature
from gorder.stock.ports import StockContentionError, StockStore, StockTransaction
from tests.contract.stock_records import level, new_product, new_reservation
from tests.fakes.stock_ledger import AuditedStore, findings_about

ANN = Signature("ann@example.com", "Größe 'x' \\ %s 🍮")


@pytest.fixture
def store(stock_store: AuditedStore) -> Iterator[AuditedStore]:
    yield stock_store
    for product_id in (None, *stock_store.run(lambda stock: stock.pauses()).products):
        stock_store.run(partial(end, product_id))


def end(product_id: str | None, stock: StockTransaction) -> None:
    stock.resume(product_id, "ann", "The test is over.")


def book(entry: Entry) -> Callable[[StockTransaction], None]:
    return lambda stock: stock.book(entry, ANN)


@pytest.mark.parametrize(
    ("kind", "quantity", "counted", "on_hand"),
    [
        (EntryKind.DISCARDED, 2, None, 3),
        (EntryKind.RESTOCKED, 2, None, 7),
        (EntryKind.COUNTED_UP, 2, 7, 7),
        (EntryKind.COUNTED_UP, 0, 5, 5),
        (EntryKind.COUNTED_DOWN, 5, 0, 0),
    ],
)
def test_an_entry_changes_the_units_once(
    store: AuditedStore, kind: EntryKind, quantity: int, counted: int | None, on_hand: int
) -> None:
    soup, bread = new_product(store, 5), new_product(store, 5)
    entry = Entry(uuid4().hex, soup.product_id, kind, quantity, counted)

    store.run(book(entry))
    with pytest.raises(StockContentionError):
        store.run(book(entry))

    assert level(store, soup) == (on_hand, 0)
    assert store.run(lambda stock: stock.entry(entry.entry_id, soup.product_id)) == entry
    assert store.run(lambda stock: stock.entry(entry.entry_id, bread.product_id)) is None
    assert findings_about(store, soup.product_id) == []


def test_an_entry_is_none_of_a_receipt_or_an_order(store: StockStore) -> None:
    soup = new_product(store, 5)
    reservation = new_reservation((soup, 2))
    name = reservation.order_id
    store.run(lambda stock: stock.receive(name, soup.product_id, 3))
    store.run(lambda stock: stock.hold([reservation]))

    assert store.run(lambda stock: stock.entry(name, soup.product_id)) is None
    for kind in EntryKind:
        entry_id = name if kind is EntryKind.DISCARDED else uuid4().hex
        store.run(book(Entry(entry_id, soup.product_id, kind, 1)))

    moved = store.run(lambda stock: stock.movements(name))
    assert [(m.kind, m.quantity) for m in moved] == [("reserved", 2)]
    assert store.run(lambda stock: stock.receipts(name)) == {soup.product_id: 3}
    assert level(store, soup) == (8, 2)


def test_a_pause_lasts_until_it_ends(store: StockStore) -> None:
    soup, bread = new_product(store, 0), new_product(store, 0)
    before = datetime.now(UTC) - timedelta(minutes=1)
    reason = "Keine Eier - 'x' \\ %s 🥚" + "x" * 400
    store.run(lambda stock: stock.pause(soup.product_id, "ann", reason))
    store.run(lambda stock: stock.pause(None, "bob", "Fire alarm."))

    pauses = store.run(lambda stock: stock.pauses())

    assert pauses.shop is not None
    assert (pauses.shop.by, pauses.shop.reason) == ("bob", "Fire alarm.")
    assert set(pauses.products) == {soup.product_id}
    pause = pauses.products[soup.product_id]
    assert (pause.by, pause.reason) == ("ann", reason)
    assert before < pause.since < before + timedelta(minutes=2)

    for ended in (bread.product_id, None):
        store.run(partial(end, ended))
    after = store.run(lambda stock: stock.pauses())
    assert (after.shop, after.products) == (None, pauses.products)

    store.run(partial(end, soup.product_id))
    store.run(lambda stock: stock.pause(soup.product_id, "cho", "Again."))
    again = store.run(lambda stock: stock.pauses())
    assert {pause.by for pause in again.products.values()} == {"cho"}
