"""The report of a day: the sums of its pages."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import BaseModel

from gorder.contracts.back_office_report import (
    CurrencyTotalsBody,
    DayReportedBody,
    ProductReportBody,
    ProductSalesBody,
    WasteReasonBody,
)
from ops.output import counted, say_progress
from ops.session import Session


def whole_report(session: Session, begin: datetime, end: datetime) -> DayReportedBody:
    """Ask for every page, and return the sums. Each order is in one page."""
    pages = list(_pages(session, begin, end))
    return DayReportedBody(
        totals=tuple(_totals(each for page in pages for each in page.totals)),
        products=tuple(_products(each for page in pages for each in page.products)),
        unreadable=tuple(each for page in pages for each in page.unreadable),
        next=None,
    )


def _pages(session: Session, begin: datetime, end: datetime) -> Iterator[DayReportedBody]:
    after: str | None = None
    count = 0
    while True:
        page = session.ask(
            DayReportedBody,
            "report_day",
            begin=begin.isoformat(),
            end=end.isoformat(),
            after=after,
        )
        yield page
        if page.next is None:
            return
        after, count = page.next, count + 1
        if count % 10 == 0:
            say_progress(f"{counted(count, 'page')} …")


def _totals(totals: Iterable[CurrencyTotalsBody]) -> list[CurrencyTotalsBody]:
    sums: dict[str, Counter[str]] = {}
    for each in totals:
        sums.setdefault(each.currency, Counter()).update(_numbers(each))
    return [
        CurrencyTotalsBody(currency=currency, **_all(CurrencyTotalsBody, sums[currency]))
        for currency in sorted(sums)
    ]


def _products(products: Iterable[ProductReportBody]) -> list[ProductReportBody]:
    parts: dict[str, list[ProductReportBody]] = {}
    for each in products:
        parts.setdefault(each.product_id, []).append(each)
    return [_product(parts[product_id]) for product_id in sorted(parts)]


def _product(parts: list[ProductReportBody]) -> ProductReportBody:
    """Return the product of all pages, with the name in the last one."""
    sales: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for part in parts:
        for each in part.sales:
            sales.setdefault(each.currency, Counter()).update(_numbers(each))
        reasons.update({each.reason: each.units for each in part.reasons})
    return ProductReportBody(
        product_id=parts[-1].product_id,
        name=parts[-1].name,
        sales=tuple(
            ProductSalesBody(currency=currency, **_all(ProductSalesBody, sales[currency]))
            for currency in sorted(sales)
        ),
        units_returned=sum(part.units_returned for part in parts),
        units_wasted=sum(part.units_wasted for part in parts),
        reasons=tuple(
            WasteReasonBody(reason=reason, units=units) for reason, units in reasons.most_common()
        ),
    )


def _numbers(body: BaseModel) -> dict[str, int]:
    return {name: value for name, value in body if isinstance(value, int)}


def _all(kind: type[BaseModel], sums: Counter[str]) -> dict[str, int]:
    return {name: sums[name] for name in kind.model_fields if name != "currency"}
