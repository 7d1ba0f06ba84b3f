"""`gorder audit`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_audit import AuditBody, AuditLookedAtBody
from ops.errors import ExitCode
from ops.output import counted, print_json, print_table, say, say_progress
from ops.session import AsJson, Session, session_of


def audit(
    context: typer.Context,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Look at everything, not only at what has changed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare units, orders and payments with each other, and payments with Stripe's own lists.

    Nothing is repaired, because that would hide the cause: docs/operations.md says which command
    ends which finding. Exit code 4: something was found.
    """
    found = _whole_audit(session_of(context), full=full)
    if as_json:
        print_json(found)
    else:
        _print(found)
    if found.findings:
        raise typer.Exit(ExitCode.FOUND)


def _whole_audit(session: Session, *, full: bool) -> AuditBody:
    """Ask until the audit is complete, and return all that was found and looked at."""
    parts: list[AuditBody] = []
    place: str | None = None
    while not parts or place is not None:
        part = session.ask(AuditBody, "run_audit", full=full, begin_at=place, by=session.by)
        parts.append(part)
        place = part.next
        if place is not None:
            say_progress(f"looked at everything up to {place} …")
    looked = [part.looked_at for part in parts]
    return AuditBody(
        findings=tuple(finding for part in parts for finding in part.findings),
        looked_at=AuditLookedAtBody(
            orders=sum(each.orders for each in looked),
            reservations=sum(each.reservations for each in looked),
            payments=sum(each.payments for each in looked),
        ),
        complete=parts[-1].complete,
        next=None,
    )


def _print(found: AuditBody) -> None:
    looked = found.looked_at
    rows = [(each.kind, each.subject, each.text) for each in found.findings]
    print_table(("KIND", "ABOUT", "WHAT"), rows, empty="Clean: nothing contradicts.")
    say(
        f"Looked at {counted(looked.orders, 'order')}, "
        f"{counted(looked.reservations, 'reservation')} and {counted(looked.payments, 'payment')}."
    )
    if not found.complete:
        say("Not everything was looked at: run it again.")
