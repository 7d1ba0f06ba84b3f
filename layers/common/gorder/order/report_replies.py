"""Map sales to the reply of the back office."""

from gorder.contracts.back_office_orders import UnreadableOrderBody
from gorder.contracts.back_office_report import (
    CurrencyTotalsBody,
    DayReportedBody,
    ProductReportBody,
    ProductSalesBody,
)
from gorder.order.queries.report_sales import SalesPage
from gorder.order.sales import Sales


def sales_reported(page: SalesPage, following: str | None) -> DayReportedBody:
    """Return the sums of a page. `following` is the `after` of the next page, if there is one."""
    return DayReportedBody(
        totals=tuple(_totals(page.sales)),
        products=tuple(_products(page.sales)),
        unreadable=tuple(
            UnreadableOrderBody(order_id=record.order_id, unreadable=record.unreadable or "")
            for record in page.unreadable
        ),
        next=following,
    )


def _totals(sales: Sales) -> list[CurrencyTotalsBody]:
    return [
        CurrencyTotalsBody(
            currency=currency,
            orders=each.orders,
            gross=each.gross,
            discount=each.discount,
            added_tax=each.added,
            refunds=each.refunds,
            refunded=each.refunded,
            net=each.net,
            unsold_refunds=each.unsold_refunds,
            unsold_refunded=each.unsold_refunded,
        )
        for currency, each in sorted(sales.totals.items())
    ]


def _products(sales: Sales) -> list[ProductReportBody]:
    return [
        ProductReportBody(
            product_id=product_id,
            name=each.name,
            sales=(ProductSalesBody(currency=currency, units=each.units, amount=each.amount),),
        )
        for (product_id, currency), each in sorted(sales.products.items())
    ]
