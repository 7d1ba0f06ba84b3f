"""`gorder stock`."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated

import typer

from gorder.contracts.back_office_stock import (
    HoldsShownBody,
    StockCountedBody,
    StockReceivedBody,
    StockShownBody,
    UnitsMovedBody,
    UnitsSettledBody,
)
from gorder.currencies import money
from ops.output import print_json, print_table, say
from ops.quantities import CountCommand, QuantityCommand, quantity
from ops.session import AsJson, DryRun, Reason, session_of

commands = typer.Typer(no_args_is_help=True, help="The units of the products.")
Product = Annotated[str, typer.Argument(help="The product's id at Stripe.")]
Quantity = Annotated[int, typer.Argument(help="Units, a whole number from 1.", parser=quantity)]
Entry = Annotated[
    str | None,
    typer.Option(help="The entry's id: one that exists changes nothing. Default: a new one."),
]


@commands.command()
def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every product and its units."""
    shown = session_of(context).ask(StockShownBody, "show_stock")
    if as_json:
        print_json(shown)
        return
    rows = [
        (
            each.product_id,
            each.name,
            None if each.unit_amount is None else money(each.unit_amount, each.currency or ""),
            "can be ordered" if each.active else each.unusable or "not at Stripe",
            each.on_hand,
            each.held,
            each.on_hand - each.held,
        )
        for each in shown.products
    ]
    columns = ("PRODUCT", "NAME", "#PRICE", "STATE", "#ON HAND", "#HELD", "#AVAILABLE")
    print_table(columns, rows, empty="There is no product: gorder catalogue sync")


@commands.command()
def holds(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the hundred largest holds of unpaid orders.

    CLIENT is a hash of the customer's address, which changes daily. To free a hold, cancel its
    order.
    """
    shown = session_of(context).ask(HoldsShownBody, "show_holds")
    if as_json:
        print_json(shown)
        return
    rows = [
        (each.order_id, each.client_address, each.units, each.held_until) for each in shown.holds
    ]
    print_table(("ORDER", "CLIENT", "#UNITS", "HELD UNTIL"), rows, empty="No units are held.")


@commands.command(cls=QuantityCommand)
def receive(
    context: typer.Context,
    product: Product,
    quantity: Quantity,
    *,
    receipt: Annotated[
        str | None,
        typer.Option(
            help="The delivery's number. A receipt books a product once. Default: a new one."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Book units that were delivered."""
    session = session_of(context)
    receipt_id = new_entry("delivery") if receipt is None else receipt
    received = session.ask(
        StockReceivedBody,
        "receive_stock",
        receipt_id=receipt_id,
        product_id=product,
        quantity=quantity,
        by=session.by,
    )
    if as_json:
        print_json(received)
        return
    done = "received" if received.booked else "had been received before:"
    say(f"{done} {quantity} of {product}, receipt {receipt_id}")


@commands.command(cls=QuantityCommand)
def waste(
    context: typer.Context,
    product: Product,
    quantity: Quantity,
    *,
    reason: Reason,
    entry: Entry = None,
    as_json: AsJson = False,
) -> None:
    """Book units that are spoiled or broken. Units that unpaid orders hold cannot be wasted."""
    _move(context, "waste", product, quantity, reason, entry, as_json=as_json)


@commands.command("return", cls=QuantityCommand)
def return_(
    context: typer.Context,
    product: Product,
    quantity: Quantity,
    *,
    reason: Reason,
    entry: Entry = None,
    as_json: AsJson = False,
) -> None:
    """Book units that come back on sale. For those of a refunded order, see `settle`."""
    _move(context, "return", product, quantity, reason, entry, as_json=as_json)


def _move(
    context: typer.Context,
    verb: str,
    product: str,
    quantity: int,
    reason: str,
    entry: str | None,
    *,
    as_json: bool,
) -> None:
    session = session_of(context)
    entry_id = new_entry(verb) if entry is None else entry
    moved = session.ask(
        UnitsMovedBody,
        f"{verb}_stock",
        entry_id=entry_id,
        product_id=product,
        quantity=quantity,
        reason=reason,
        by=session.by,
    )
    if as_json:
        print_json(moved)
        return
    done = "booked" if moved.booked else "had been booked before:"
    say(f"{done} {verb} of {quantity} of {product}, entry {entry_id}")
    say(f"{moved.on_hand} on hand, {moved.held} of them held")


@commands.command(cls=CountCommand)
def count(
    context: typer.Context,
    product: Product,
    counted: Annotated[
        int,
        typer.Argument(
            help="What was counted, a whole number from 0.", parser=lambda text: quantity(text, 0)
        ),
    ],
    *,
    reason: Reason,
    entry: Entry = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set the units on hand to what was counted.

    Count what is there without the units of paid orders: these are sold already. Units that unpaid
    orders hold are still on hand.
    """
    session = session_of(context)
    entry_id = new_entry("count") if entry is None else entry
    booked = session.ask(
        StockCountedBody,
        "count_stock",
        entry_id=entry_id,
        product_id=product,
        counted=counted,
        reason=reason,
        by=session.by,
        dry_run=dry_run,
    )
    if as_json:
        print_json(booked)
        return
    done = "would be" if dry_run else "is" if booked.booked else "had been"
    say(f"{product}: {booked.counted} counted; a difference of {booked.difference:+} {done} booked")
    if not dry_run:
        say(f"entry {entry_id}")


@commands.command()
def settle(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(help="The order's id.")],
    *,
    settle_as: Annotated[
        str,
        typer.Option(
            "--units",
            help="returned: on sale again. wasted: gone. released: an overdue hold ends.",
        ),
    ],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Settle the units of one order by hand, if a step of gorder was lost.

    Units follow their order by themselves. Of a return and a write-off, the first one counts.
    """
    session = session_of(context)
    fields = {"as": settle_as, "order_id": order_id, "reason": reason, "by": session.by}
    settled = session.ask(UnitsSettledBody, "settle_units", **fields)
    if as_json:
        print_json(settled)
        return
    say(f"The units of order {settled.order_id} are {settled.state}.")


def new_entry(kind: str) -> str:
    """Return an id for an entry in the stock's books: kind, UTC time and some random digits."""
    return f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"
