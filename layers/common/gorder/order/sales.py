"""What a shop has sold and refunded in a period, by currency and by product."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gorder.order.lines import OrderLine
from gorder.order.model import Order
from gorder.order.payments import Refund
from gorder.order.status import Status


@dataclass(frozen=True, slots=True)
class Period:
    """A time from its first moment to the first one that is too late."""

    begin: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.begin <= at < self.end


@dataclass(slots=True)
class SalesTotals:
    """The money of one currency, in minor units.

    `gross` is the price of the lines; `discount` is taken from it, and `added` is tax on top of it.
    `refunded` is of sales, whenever they were made. `unsold_refunded` is of payments that paid for
    no order, a second one for example: neither the payment nor its refund is in the other sums.
    """

    orders: int = 0
    gross: int = 0
    discount: int = 0
    added: int = 0
    refunds: int = 0
    refunded: int = 0
    unsold_refunds: int = 0
    unsold_refunded: int = 0

    @property
    def net(self) -> int:
        """What the shop has taken, less what it has refunded of sales."""
        return self.gross - self.discount + self.added - self.refunded


@dataclass(slots=True)
class ProductSales:
    """The units of a product that were sold in one currency, and the price of their lines."""

    name: str
    units: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Sales:
    """Sums over orders: the totals by currency, and the products by their id and currency."""

    period: Period
    totals: dict[str, SalesTotals] = field(default_factory=dict)
    products: dict[tuple[str, str], ProductSales] = field(default_factory=dict)

    def add(self, order: Order) -> None:
        """Add the order if it was paid in the period, and its refunds that were made in it."""
        at = sold_at(order)
        if at is not None and at in self.period:
            self._add_sale(order)
        for refund, currency, is_of_sale in _refunds(order):
            if refund.at in self.period and not refund.has_failed:
                self._add_refund(refund, currency, is_of_sale=is_of_sale)

    def _add_sale(self, order: Order) -> None:
        totals = self._totals(order.currency)
        totals.orders += 1
        totals.gross += order.amount_total
        if order.payment:
            totals.discount += order.payment.discount
            totals.added += order.payment.added
        for line in order.lines:
            self._add_line(line, order.currency)

    def _add_line(self, line: OrderLine, currency: str) -> None:
        product = self.products.setdefault((line.product_id, currency), ProductSales(line.name))
        product.units += line.quantity
        product.amount += line.amount

    def _add_refund(self, refund: Refund, currency: str, *, is_of_sale: bool) -> None:
        totals = self._totals(currency)
        if is_of_sale:
            totals.refunds += 1
            totals.refunded += refund.amount
        else:
            totals.unsold_refunds += 1
            totals.unsold_refunded += refund.amount

    def _totals(self, currency: str) -> SalesTotals:
        return self.totals.setdefault(currency, SalesTotals())


def sold_at(order: Order) -> datetime | None:
    """Return when the order was paid; None if it never was."""
    return next((c.at for c in order.history if c.status is Status.PAID), None)


def money_days(order: Order) -> list[str]:
    """Return the days in UTC on which the order was paid or refunded, as `2026-11-28`."""
    times = {refund.at for refund, _, _ in _refunds(order)}
    if at := sold_at(order):
        times.add(at)
    return sorted({utc_day(at) for at in times})


def utc_day(at: datetime) -> str:
    """Return the day in UTC, as `2026-11-28`."""
    return at.astimezone(UTC).date().isoformat()


def _refunds(order: Order) -> Iterator[tuple[Refund, str, bool]]:
    """Yield each refund, its currency, and whether it is one of a sale."""
    sale = order.payment if sold_at(order) else None
    for payment in order.payments:
        for refund in payment.refunds:
            yield refund, payment.currency, sale is not None and payment.key == sale.key
