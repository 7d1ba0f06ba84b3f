"""Map results of the stock service to the replies of the back office."""

from collections.abc import Iterable

from gorder.contracts.back_office_stock import (
    CatalogueSyncedBody,
    HoldBody,
    HoldsShownBody,
    StockLevelBody,
    StockShownBody,
    UnusableProductBody,
)
from gorder.stock.claims import OpenHold
from gorder.stock.commands.sync_catalogue import CatalogueSynced
from gorder.stock.model import StockItem


def catalogue_synced(synced: CatalogueSynced) -> CatalogueSyncedBody:
    """Return the reply to `sync_catalogue`."""
    return CatalogueSyncedBody(
        total=synced.total,
        changed=synced.saved,
        ignored=synced.ignored,
        unusable=tuple(
            UnusableProductBody(
                product_id=product.product_id, name=product.name, reason=product.reason
            )
            for product in synced.unusable
        ),
    )


def stock_shown(items: Iterable[StockItem]) -> StockShownBody:
    """Return the reply to `show_stock`."""
    return StockShownBody(products=tuple(_stock_level(item) for item in items))


def holds_shown(holds: Iterable[OpenHold]) -> HoldsShownBody:
    """Return the reply to `show_holds`."""
    return HoldsShownBody(
        holds=tuple(
            HoldBody(
                order_id=hold.order_id,
                client_address=hold.address,
                units=hold.units,
                held_until=hold.expires_at,
            )
            for hold in holds
        )
    )


def _stock_level(item: StockItem) -> StockLevelBody:
    product, price = item.product, item.product.price
    return StockLevelBody(
        product_id=product.product_id,
        name=product.name,
        unit_amount=price.unit_amount if price else None,
        currency=price.currency if price else None,
        active=product.active,
        unusable=product.unusable_reason,
        on_hand=item.on_hand,
        held=item.held,
    )
