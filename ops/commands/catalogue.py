"""`gorder catalogue`."""

import typer

from gorder.contracts.back_office_stock import CatalogueSyncedBody
from ops.output import counted, print_json, print_table, say
from ops.session import AsJson, session_of

commands = typer.Typer(no_args_is_help=True, help="Products and prices, which Stripe has.")


@commands.command()
def sync(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Copy every product and price from Stripe.

    Changes at Stripe arrive by themselves. Run it after an outage, or in case of doubt.
    """
    session = session_of(context)
    synced = session.ask(CatalogueSyncedBody, "sync_catalogue", by=session.by)
    if as_json:
        print_json(synced)
        return
    products = counted(synced.total, "product")
    say(f"{products}, {len(synced.changed)} changed, {synced.ignored} of other shops")
    if synced.unusable:
        say("Cannot be ordered:")
        rows = [(each.product_id, each.name, each.reason) for each in synced.unusable]
        print_table(("PRODUCT", "NAME", "WHY"), rows, empty="")
