"""`gorder payments`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_orders import MAX_LISTED, UnmatchedPaymentsBody
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
            each.kept_by and f"{each.kept_by}: {each.kept_because}",
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
    print_table(columns, rows, empty="Every payment has its order.")
    if page.next:
        say(f"There are more: gorder payments unmatched --after {page.next}")
