"""`gorder report`."""

import csv
import sys
from collections.abc import Iterator
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from gorder.contracts.back_office_report import (
    CurrencyTotalsBody,
    DayReportedBody,
    ProductReportBody,
    ProductSalesBody,
)
from gorder.currencies import decimal_amount, money
from ops.amounts import day as moments_of
from ops.commands.orders import Zone
from ops.day_report import whole_report
from ops.errors import CommandError, ExitCode
from ops.output import print_json, print_table, say, say_progress
from ops.session import AsJson, session_of

commands = typer.Typer(no_args_is_help=True, help="What was sold, refunded and wasted.")
CSV_COLUMNS: Final = (
    *("day", "product_id", "name", "currency", "units_sold", "amount"),
    *("units_returned", "units_wasted", "waste_reasons"),
)
# A spreadsheet would take a text that begins so as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@commands.callback()
def _group() -> None:
    """What was sold, refunded and wasted."""


@commands.command()
def day(
    context: typer.Context,
    *,
    which: Annotated[
        str, typer.Option("--day", metavar="DAY", help="A day: 2026-11-28, or today.")
    ] = "today",
    zone: Zone = "UTC",
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the products as CSV, for a spreadsheet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report the sales, refunds and waste of a day, by currency and by product.

    An order is sold on the day on which it was paid, and a refund counts on the day on which it was
    made. Lost disputes are in no sum: Stripe's dashboard has them. A refund that fails later
    disappears from its day.
    """
    if as_csv and as_json:
        raise CommandError("--csv: cannot be used with --json", ExitCode.USAGE)
    begin, end = moments_of(which, zone)
    report = whole_report(session_of(context), begin, end)
    date = begin.astimezone(ZoneInfo(zone)).date().isoformat()
    if as_json:
        period = {"day": date, "zone": zone, "begin": begin.isoformat(), "end": end.isoformat()}
        print_json(period | report.model_dump(mode="json", exclude={"next"}))
    elif as_csv:
        _print_csv(date, report)
    else:
        _print(date, zone, report)


def _print(date: str, zone: str, report: DayReportedBody) -> None:
    say(f"{date} in {zone}")
    print_table(
        ("#ORDERS", "#GROSS", "#DISCOUNT", "#ADDED TAX", "#REFUNDS", "#REFUNDED", "#NET"),
        [_totals(each) for each in report.totals],
        empty="Nothing was sold or refunded.",
    )
    for each in report.totals:
        if each.unsold_refunds:
            refunded = money(each.unsold_refunded, each.currency)
            say(f"{refunded} was refunded of payments that paid for no order, and is in no sum.")
    print_table(
        ("PRODUCT", "NAME", "#SOLD", "#AMOUNT", "#RETURNED", "#WASTED", "WHY"),
        [
            (
                each.product_id,
                each.name,
                sales.units if sales else 0,
                money(sales.amount, sales.currency) if sales else None,
                returned,
                wasted,
                _reasons(each) if wasted else None,
            )
            for each, sales, returned, wasted in _rows(report)
        ],
        empty="No units were sold, returned or wasted.",
    )
    for unreadable in _unreadable(report):
        say(unreadable)


def _totals(each: CurrencyTotalsBody) -> tuple[object, ...]:
    amounts = (each.gross, each.discount, each.added_tax)
    gross, discount, added = (money(amount, each.currency) for amount in amounts)
    refunded, net = money(each.refunded, each.currency), money(each.net, each.currency)
    return each.orders, gross, discount, added, each.refunds, refunded, net


def _rows(
    report: DayReportedBody,
) -> Iterator[tuple[ProductReportBody, ProductSalesBody | None, int, int]]:
    """Yield each product and currency. Units that were not sold are in a product's first row."""
    for each in report.products:
        returned, wasted = each.units_returned, each.units_wasted
        for sales in each.sales or (None,):
            yield each, sales, returned, wasted
            returned = wasted = 0


def _print_csv(date: str, report: DayReportedBody) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for each, sales, returned, wasted in _rows(report):
        sold = (
            (sales.currency.upper(), sales.units, decimal_amount(sales.amount, sales.currency))
            if sales
            else ("", 0, "")
        )
        reasons = _reasons(each) if wasted else ""
        writer.writerow(
            (date, each.product_id, _plain(each.name), *sold, returned, wasted, reasons)
        )
    for unreadable in _unreadable(report):
        say_progress(unreadable)


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _reasons(product: ProductReportBody) -> str:
    return "; ".join(f"{each.units} × {each.reason}" for each in product.reasons)


def _unreadable(report: DayReportedBody) -> Iterator[str]:
    for each in report.unreadable:
        yield f"Order {each.order_id} is in no sum: it cannot be read: {each.unreadable}."
