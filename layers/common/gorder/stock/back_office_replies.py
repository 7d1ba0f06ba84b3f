"""Map results of the stock service to the replies of the back office."""

from collections.abc import Iterable

from gorder.contracts.back_office_menu import PauseBody, ProductMenuBody, ShopMenuBody
from gorder.contracts.back_office_report import (
    DayReportedBody,
    ProductReportBody,
    WasteReasonBody,
)
from gorder.contracts.back_office_stock import (
    CatalogueSyncedBody,
    HoldBody,
    HoldsShownBody,
    StockCountedBody,
    StockLevelBody,
    StockShownBody,
    UnitsMovedBody,
    UnitsSettledBody,
    UnusableProductBody,
)
from gorder.stock.claims import OpenHold
from gorder.stock.commands.sync_catalogue import CatalogueSynced
from gorder.stock.entry_booking import Booked
from gorder.stock.menu_change import MenuChanged
from gorder.stock.model import Reservation, StockItem
from gorder.stock.pauses import Pause, Pauses
from gorder.stock.queries.report_units import MAX_REASONS, ProductUnits


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


def units_moved(booked: Booked) -> UnitsMovedBody:
    """Return the reply to `waste_stock` and `return_stock`."""
    return UnitsMovedBody(booked=booked.is_new, on_hand=booked.item.on_hand, held=booked.item.held)


def stock_counted(counted: int, booked: Booked) -> StockCountedBody:
    """Return the reply to `count_stock`."""
    return StockCountedBody(
        booked=booked.is_new, counted=counted, difference=booked.entry.difference
    )


def units_settled(reservation: Reservation) -> UnitsSettledBody:
    """Return the reply to `settle_units`."""
    return UnitsSettledBody(order_id=reservation.order_id, state=reservation.state.value)


def product_menu(product_id: str, changed: MenuChanged) -> ProductMenuBody:
    """Return the reply to `pause_product` and `resume_product`."""
    [product] = changed.products
    return ProductMenuBody(
        product_id=product_id,
        changed=changed.changed,
        pause=_pause(changed.pause),
        active=product.active,
        unusable=product.unusable_reason,
    )


def shop_menu(changed: MenuChanged) -> ShopMenuBody:
    """Return the reply to `pause_shop` and `resume_shop`."""
    return ShopMenuBody(
        changed=changed.changed,
        pause=_pause(changed.pause),
        active=sum(product.active for product in changed.products),
    )


def stock_shown(items: Iterable[StockItem], pauses: Pauses) -> StockShownBody:
    """Return the reply to `show_stock`."""
    return StockShownBody(
        products=tuple(_stock_level(item, pauses) for item in items),
        shop_paused=_pause(pauses.shop),
    )


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


def _stock_level(item: StockItem, pauses: Pauses) -> StockLevelBody:
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
        paused=_pause(pauses.products.get(product.product_id)),
    )


def _pause(pause: Pause | None) -> PauseBody | None:
    return PauseBody(since=pause.since, by=pause.by, reason=pause.reason) if pause else None


def units_reported(products: Iterable[ProductUnits]) -> DayReportedBody:
    """Return the last page of the reply to `report_day`."""
    return DayReportedBody(
        totals=(),
        products=tuple(
            ProductReportBody(
                product_id=each.product_id,
                name=each.name,
                units_returned=each.returned,
                units_wasted=each.wasted,
                reasons=tuple(
                    WasteReasonBody(reason=reason, units=units)
                    for reason, units in each.reasons.most_common(MAX_REASONS)
                ),
            )
            for each in products
        ),
        unreadable=(),
        next=None,
    )
