"""`gorder orders`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_orders import (
    ListedOrderBody,
    OrderClosedBody,
    OrderRefundedBody,
    OrdersListedBody,
    RefundRetriedBody,
)
from gorder.contracts.back_office_stories import OrderStoryBody
from gorder.currencies import decimal_amount, money
from ops.amounts import day as moments_of
from ops.amounts import minor_units
from ops.errors import CommandError, ExitCode
from ops.letters import letters_about
from ops.links import links
from ops.output import print_json, print_table, say
from ops.session import AsJson, DryRun, Reason, Session, Yes, confirm, session_of
from ops.story import print_story, refunded_of

commands = typer.Typer(no_args_is_help=True, help="Orders, their payments and refunds.")
OrderId = Annotated[str, typer.Argument(help="The order's id.")]
Day = Annotated[
    str | None, typer.Option(metavar="DAY", help="Placed on that day: 2026-11-28, or today.")
]
Zone = Annotated[str, typer.Option(help="The time zone of the day.", envvar="GORDER_ZONE")]


@commands.command("list")
def list_(
    context: typer.Context,
    *,
    status: Annotated[
        list[str] | None, typer.Option(help="Only orders in this status. May be repeated.")
    ] = None,
    day: Day = None,
    zone: Zone = "UTC",
    customer: Annotated[str | None, typer.Option(help="Only orders of this customer.")] = None,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="Only orders that need a look, and why.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Orders on a page, at most 100.")] = 20,
    after: Annotated[str | None, typer.Option(help="The last order of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first."""
    first, following = _moments(day, zone)
    page = session_of(context).ask(
        OrdersListedBody,
        "list_orders",
        status=status or None,
        placed_from=first,
        placed_until=following,
        customer_id=customer,
        stuck=stuck,
        limit=limit,
        after=after,
    )
    if as_json:
        print_json(page)
        return
    columns = (
        "PLACED",
        "ORDER",
        "#NUMBER",
        "STATUS",
        "#TOTAL",
        "#REFUNDED",
        "WHAT",
        "NEEDS A LOOK",
    )
    rows = [_row(order) for order in page.orders]
    print_table(columns, rows, empty="No order matches.")
    if page.next:
        say(f"There are more: the same command with --after {page.next}")


def _moments(day: str | None, zone: str) -> tuple[str | None, str | None]:
    if day is None:
        return None, None
    first, following = moments_of(day, zone)
    return first.isoformat(), following.isoformat()


def _row(order: ListedOrderBody) -> tuple[object, ...]:
    currency = order.currency or ""
    return (
        order.placed_at,
        order.order_id,
        order.number,
        order.status + (f" ({order.reason})" if order.reason else ""),
        None if order.amount_total is None else money(order.amount_total, currency),
        money(order.refunded, currency) if order.refunded else None,
        ", ".join(f"{line.quantity} × {line.name}" for line in order.lines),
        order.stuck or order.unreadable,
    )


@commands.command()
def show(context: typer.Context, order_id: OrderId, *, as_json: AsJson = False) -> None:
    """Show the whole story of an order. With --json it is evidence for a dispute."""
    session = session_of(context)
    story = _story(session, order_id)
    letters = letters_about(session, order_id)
    if as_json:
        print_json(story.model_dump(mode="json") | letters.as_json())
    else:
        print_story(story, links(story, session.transport))
        letters.print()


def _story(session: Session, order_id: str) -> OrderStoryBody:
    return session.ask(OrderStoryBody, "show_order", order_id=order_id)


@commands.command()
def cancel(
    context: typer.Context,
    order_id: OrderId,
    *,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End an order in any status: free its units, and refund what was paid.

    The customer sees that the shop has closed it. An order whose payment is in a dispute is
    refused, in words that say what to do.
    """
    session = session_of(context)
    by = session.by
    if not dry_run:
        confirm(f"End order {order_id}, and refund what was paid?", yes=yes)
    closed = session.ask(
        OrderClosedBody, "close_order", order_id=order_id, reason=reason, by=by, dry_run=dry_run
    )
    if as_json:
        print_json(closed)
        return
    refunded = f", {money(closed.refunded, closed.currency)} refunded" if closed.refunded else ""
    say(f"{closed.order_id}: {closed.status}{refunded}\n{closed.text}")


@commands.command()
def refund(
    context: typer.Context,
    order_id: OrderId,
    *,
    reason: Reason,
    amount: Annotated[
        str | None,
        typer.Option(help="What to refund: 5.00. The order goes on. Default: all that is left."),
    ] = None,
    refunded_before: Annotated[
        str | None,
        typer.Option(
            help="What was refunded before: 0.00. Refuse if it is another amount, so that a "
            "command that is sent again refunds once. Needed with --amount and --yes."
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Refund a part of an order's payment, or all that is left, which ends the order.

    An amount is refunded only if nothing else was refunded since the order was looked at.
    """
    session = session_of(context)
    by, story = session.by, _story(session, order_id)
    units = None if amount is None else minor_units(amount, story.currency)
    before = _refunded_before(story, refunded_before)
    if units is not None and refunded_before is None and yes and not dry_run:
        raise CommandError(
            "--refunded-before: say what was refunded before, so that this command refunds once if "
            f"it is sent again; now it is {decimal_amount(before, story.currency)}",
            ExitCode.USAGE,
        )
    if not dry_run:
        what = "all that is left" if units is None else money(units, story.currency)
        done = f"{money(before, story.currency)} is refunded already"
        confirm(f"Refund {what} of order {order_id}? {done}.", yes=yes)
    refunded = session.ask(
        OrderRefundedBody,
        "refund_order",
        order_id=order_id,
        amount=units,
        refunded_before=before,
        reason=reason,
        by=by,
        dry_run=dry_run,
    )
    if as_json:
        print_json(refunded)
        return
    left = money(refunded.left, refunded.currency)
    say(f"{refunded.order_id}: {refunded.status}, {left} left\n{refunded.text}")


def _refunded_before(story: OrderStoryBody, stated: str | None) -> int:
    if stated is None:
        return refunded_of(story)
    return minor_units(stated, story.currency, "--refunded-before")


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
