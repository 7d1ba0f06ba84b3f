"""`gorder orders`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_orders import OrderClosedBody, OrderStoryBody, RefundRetriedBody
from gorder.currencies import money
from ops.output import print_json, print_table, say
from ops.session import AsJson, Reason, Yes, confirm, session_of
from ops.story import print_story

commands = typer.Typer(no_args_is_help=True, help="Orders, their payments and refunds.")
OrderId = Annotated[str, typer.Argument(help="The order's id.")]


@commands.command()
def show(context: typer.Context, order_id: OrderId, *, as_json: AsJson = False) -> None:
    """Show the whole story of an order."""
    story = session_of(context).ask(OrderStoryBody, "show_order", order_id=order_id)
    if as_json:
        print_json(story)
    else:
        print_story(story)


@commands.command()
def cancel(
    context: typer.Context,
    order_id: OrderId,
    *,
    reason: Reason,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End an order in any status: free its units, or refund what was paid.

    An order whose payment is in a dispute is refused.
    """
    session = session_of(context)
    by = session.by
    confirm(f"End order {order_id}, and refund what was paid?", yes=yes)
    closed = session.ask(OrderClosedBody, "close_order", order_id=order_id, reason=reason, by=by)
    if as_json:
        print_json(closed)
        return
    refunded = f", {money(closed.refunded, closed.currency)} refunded" if closed.refunded else ""
    say(f"{closed.order_id}: {closed.status}{refunded}\n{closed.text}")


@commands.command("retry-refund")
def retry_refund(context: typer.Context, order_id: OrderId, *, as_json: AsJson = False) -> None:
    """Make a refund by gorder again that has failed. Each failed one is made again once.

    Money that you have paid to the customer in another way does not count: do not run it then.
    """
    session = session_of(context)
    retried = session.ask(RefundRetriedBody, "retry_refund", order_id=order_id, by=session.by)
    if as_json:
        print_json(retried)
        return
    rows = [
        (each.payment, money(each.amount, each.currency), each.text) for each in retried.payments
    ]
    print_table(("PAYMENT", "#REFUNDED AGAIN", "WHAT WAS DONE"), rows, empty="It has no payment.")
