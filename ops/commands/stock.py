"""`gorder stock`."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated

import typer

from gorder.contracts.back_office_stock import HoldsShownBody, StockReceivedBody, StockShownBody
from gorder.currencies import money
from ops.output import print_json, print_table, say
from ops.session import AsJson, session_of

commands = typer.Typer(no_args_is_help=True, help="The units of the products.")
Product = Annotated[str, typer.Argument(help="The product's id at Stripe.")]
Quantity = Annotated[int, typer.Argument(help="Units, a whole number from 1.")]


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


@commands.command()
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


def new_entry(kind: str) -> str:
    """Return an id for an entry in the stock's books: kind, UTC time and some random digits."""
    return f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"
