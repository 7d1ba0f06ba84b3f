"""What the people of the house ask for, by `aws lambda invoke`."""

from dataclasses import dataclass

from gorder.bootstrap.back_office import BackOffice, service
from gorder.contracts import back_office as said
from gorder.runtime.invoke import invoked_function
from gorder.runtime.trace import current_trace_id
from gorder.stock.commands.receive_stock import ReceiveStock
from gorder.stock.commands.sync_catalogue import CatalogueSynced, SyncCatalogue
from gorder.stock.model import StockItem
from gorder.stock.queries.list_stock import ListStock


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the trace it begins."""

    request: said.BackOfficeRequest
    trace_id: str


def parse(text: str) -> Asked:
    """Read what a person wrote."""
    return Asked(said.parse_request(text), current_trace_id())


def answer(
    asked: Asked, office: BackOffice
) -> said.CatalogueSyncedBody | said.StockReceived | said.StockShown:
    """Copy the catalogue, book a delivery, or list the stock."""
    match asked.request:
        case said.SyncCatalogueRequest():
            return _synced(office.sync_catalogue(SyncCatalogue()))
        case said.ReceiveStockRequest() as wanted:
            receipt = ReceiveStock(wanted.receipt_id, wanted.product_id, wanted.quantity)
            return said.StockReceived(booked=office.receive_stock(receipt))
        case said.ShowStockRequest():
            listed = office.list_stock(ListStock())
            return said.StockShown(products=tuple(map(_level, listed)))


def _synced(synced: CatalogueSynced) -> said.CatalogueSyncedBody:
    return said.CatalogueSyncedBody(
        total=synced.total,
        changed=synced.saved,
        unusable=tuple(
            said.UnusableProductBody(product_id=u.product_id, name=u.name, reason=u.reason)
            for u in synced.unusable
        ),
    )


def _level(item: StockItem) -> said.StockLevel:
    product, price = item.product, item.product.price
    return said.StockLevel(
        product_id=product.product_id,
        name=product.name,
        unit_amount=price.unit_amount if price else None,
        currency=price.currency if price else None,
        active=product.active,
        unusable=product.unusable,
        on_hand=item.on_hand,
        held=item.held,
    )


handler = invoked_function(parse, answer, service)
