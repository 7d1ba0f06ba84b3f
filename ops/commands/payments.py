"""`gorder payments`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_orders import MAX_LISTED
from gorder.contracts.back_office_payments import UnmatchedPaymentBody, UnmatchedPaymentsBody
from gorder.currencies import money
from ops.output import print_json, print_table, say
from ops.session import AsJson, session_of

commands = typer.Typer(no_args_is_help=True, help="Payments that no order records.")


@commands.command()
def unmatched(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="Payments on a page.")] = MAX_LISTED,
    after: Annotated[str | None, typer.Option(help="The last payment of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List payments whose order was not stored when they arrived, the last found first."""
    page = session_of(context).ask(
        UnmatchedPaymentsBody, "list_unmatched_payments", limit=limit, after=after
    )
    if as_json:
        print_json(page)
        return
    rows = [
        (
            each.found_at,
            each.payment,
            each.order_id,
            money(each.amount, each.currency),
            money(each.refunded, each.currency),
            each.dispute,
            "yes" if each.recorded else "no",
            _kept(each),
        )
        for each in page.payments
    ]
    columns = (
        "FOUND",
        "PAYMENT",
        "ORDER",
        "#AMOUNT",
        "#REFUNDED",
        "DISPUTE",
        "RECORDED NOW",
        "KEPT",
    )
    if rows or not page.unreadable:
        print_table(columns, rows, empty="Every payment has its order.")
    for unreadable in page.unreadable:
        say(f"{unreadable.payment}: {unreadable.text}")
    if page.next:
        say(f"There are more: gorder payments unmatched --after {page.next}")


def _kept(payment: UnmatchedPaymentBody) -> str | None:
    if payment.kept_by is None:
        return None
    again = (f"{each.by}: {each.reason}" for each in payment.kept_again)
    return "; ".join([f"{payment.kept_by}: {payment.kept_because}", *again])
