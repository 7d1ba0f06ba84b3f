"""`gorder orders forget`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_orders import CustomerForgottenBody
from ops.errors import ExitCode
from ops.output import counted, print_json, print_table, say, say_progress
from ops.session import AsJson, DryRun, Reason, Session, Yes, confirm, session_of


def forget(
    context: typer.Context,
    *,
    customer: Annotated[str, typer.Option(help="The customer's id.")],
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a customer from all orders that have ended. What was sold and paid stays exact.

    The customer's id, the notes of staff and the address of the payment page go, for ever. Each
    order keeps who has asked and why, so do not name the customer in the reason. Exit code 4: an
    order goes on or is disputed, and was left; send the command again when it has ended.
    """
    session = session_of(context)
    if not dry_run:
        confirm("Remove the customer from all orders that have ended, for ever?", yes=yes)
    done = _all_orders(session, customer, reason, dry_run=dry_run)
    if as_json:
        print_json(done)
    else:
        _print(done, dry_run=dry_run)
    if done.left:
        raise typer.Exit(ExitCode.FOUND)


def _all_orders(
    session: Session, customer: str, reason: str, *, dry_run: bool
) -> CustomerForgottenBody:
    """Ask until every order was looked at, and return what was done in all."""
    parts: list[CustomerForgottenBody] = []
    place: str | None = None
    while not parts or place is not None:
        part = session.ask(
            CustomerForgottenBody,
            "forget_customer",
            customer_id=customer,
            reason=reason,
            by=session.by,
            after=place,
            dry_run=dry_run,
        )
        parts.append(part)
        place = part.next
        if place is not None:
            say_progress(f"{counted(sum(each.forgotten for each in parts), 'order')} …")
    return CustomerForgottenBody(
        forgotten=sum(each.forgotten for each in parts),
        left=tuple(order for each in parts for order in each.left),
        next=None,
    )


def _print(done: CustomerForgottenBody, *, dry_run: bool) -> None:
    what = "would be removed" if dry_run else "is removed"
    say(f"The customer {what} from {counted(done.forgotten, 'order')}.")
    if done.left:
        rows = [(order.order_id, order.text) for order in done.left]
        print_table(("LEFT", "WHY"), rows, empty="")
