"""`gorder orders repair`, `document` and `reconcile`, and `gorder payments keep`."""

import json
from typing import Annotated

import typer

from gorder.contracts.back_office_order_repairs import (
    DocumentShownBody,
    FieldChangeBody,
    OrderReconciledBody,
    OrderRepairedBody,
    PaymentKeptBody,
)
from gorder.currencies import money
from ops.errors import CommandError, ExitCode
from ops.output import print_json, print_table, say
from ops.session import AsJson, DryRun, Reason, Yes, confirm, session_of

OrderId = Annotated[str, typer.Argument(help="The order's id.")]


def repair(
    context: typer.Context,
    order_id: OrderId,
    *,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=JSON",
            help='lines.0.quantity=2, or reason=\'"no_page"\'. A time is {"$date": "…Z"}. May be '
            "repeated.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="FIELD", help="Remove a field. May be repeated."),
    ] = None,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Change fields of an order's document, and seal it. Without a field, accept it as it is.

    It works on a document that cannot be read. Nothing is written if something would still be
    wrong. The document before is kept. Units, payments and events are not touched.
    """
    session = session_of(context)
    by, values = session.by, _values(set_ or [])
    if not dry_run:
        fields = ", ".join([*values, *(unset or [])]) or "no field: accept it as it is"
        confirm(f"Repair order {order_id} ({fields})?", yes=yes)
    repaired = session.ask(
        OrderRepairedBody,
        "repair_order",
        order_id=order_id,
        set=values,
        unset=unset or [],
        reason=reason,
        by=by,
        dry_run=dry_run,
    )
    if as_json:
        print_json(repaired)
        return
    for problem in repaired.wrong:
        say(f"Wrong: {problem}")
    _print_changes(repaired.changes)
    say(f"{repaired.order_id}: {repaired.text}")


def document(
    context: typer.Context,
    order_id: OrderId,
    *,
    before: Annotated[
        str | None, typer.Option(metavar="REPAIR", help="As it was before this repair.")
    ] = None,
) -> None:
    """Print an order's document as it is stored, readable or not, as JSON, and its repairs."""
    shown = session_of(context).ask(
        DocumentShownBody, "show_document", order_id=order_id, repair_id=before
    )
    print_json(shown)


def reconcile(
    context: typer.Context,
    order_id: OrderId,
    *,
    payment: Annotated[
        str | None, typer.Option(help="A payment that the order does not record: pi_…")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Record an order's payments as Stripe states them now, and settle its units.

    It does what a webhook would have done: an order may be paid or end, and gorder refunds a
    payment that does not pay for it.
    """
    session = session_of(context)
    by = session.by
    confirm(
        f"Record the payments of order {order_id} as Stripe states them? gorder refunds a payment "
        "that does not pay for it.",
        yes=yes,
    )
    reconciled = session.ask(
        OrderReconciledBody, "reconcile_order", order_id=order_id, payment=payment, by=by
    )
    if as_json:
        print_json(reconciled)
    else:
        left = money(reconciled.left, reconciled.currency)
        refunded = money(reconciled.refunded, reconciled.currency)
        what = f"{reconciled.status}, {refunded} refunded, {left} left"
        say(f"{reconciled.order_id}: {what}\n{reconciled.text}")
    if reconciled.failed:
        raise typer.Exit(ExitCode.FOUND)


def keep(
    context: typer.Context,
    payment: Annotated[str, typer.Argument(help="Stripe's id of the payment: pi_…")],
    *,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Keep a payment on record whose order is not stored. Nothing is refunded.

    The customer gets the money back with a refund in Stripe's dashboard.
    """
    session = session_of(context)
    kept = session.ask(
        PaymentKeptBody, "keep_payment", payment=payment, reason=reason, by=session.by
    )
    if as_json:
        print_json(kept)
        return
    amount, refunded = money(kept.amount, kept.currency), money(kept.refunded, kept.currency)
    say(f"{kept.payment} of order {kept.order_id}: {amount}, {refunded} refunded\n{kept.text}")


def _values(assignments: list[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or path in values:
            raise CommandError(
                f"--set: {assignment} must be FIELD=JSON, each field once", ExitCode.USAGE
            )
        try:
            values[path] = json.loads(text)
        except (ValueError, RecursionError):
            raise CommandError(
                f"--set: {path}: {text} is not JSON; a text has quotes: {path}='\"…\"'",
                ExitCode.USAGE,
            ) from None
    return values


def _print_changes(changes: tuple[FieldChangeBody, ...]) -> None:
    rows = [(each.field, each.before, each.after) for each in changes]
    print_table(("FIELD", "BEFORE", "AFTER"), rows, empty="No field changes.")
