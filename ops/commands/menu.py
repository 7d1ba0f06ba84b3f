"""`gorder menu`."""

from typing import Annotated

import typer

from gorder.contracts.back_office_menu import ProductMenuBody, ShopMenuBody
from ops.output import counted, print_json, say
from ops.session import AsJson, Reason, session_of

commands = typer.Typer(no_args_is_help=True, help="What can be ordered now.")
Product = Annotated[
    str | None, typer.Argument(help="The product's id at Stripe. Without it, the whole shop.")
]


@commands.command()
def pause(
    context: typer.Context, product: Product = None, *, reason: Reason, as_json: AsJson = False
) -> None:
    """Stop selling a product, or everything, until it is resumed. Orders that exist go on."""
    _change(context, "pause", product, reason, as_json=as_json)


@commands.command()
def resume(
    context: typer.Context, product: Product = None, *, reason: Reason, as_json: AsJson = False
) -> None:
    """End a pause. Prices and products are copied from Stripe as they are now.

    A product that was paused by itself stays paused when the shop is resumed.
    """
    _change(context, "resume", product, reason, as_json=as_json)


def _change(
    context: typer.Context, verb: str, product: str | None, reason: str, *, as_json: bool
) -> None:
    session = session_of(context)
    if product is None:
        shop = session.ask(ShopMenuBody, f"{verb}_shop", reason=reason, by=session.by)
        if as_json:
            print_json(shop)
        else:
            state = (
                "is paused"
                if shop.pause
                else f"is open: {counted(shop.active, 'product')} can be ordered"
            )
            say(f"The shop {state}.")
        return
    changed = session.ask(
        ProductMenuBody, f"{verb}_product", product_id=product, reason=reason, by=session.by
    )
    if as_json:
        print_json(changed)
        return
    state = "can be ordered" if changed.active else f"cannot be ordered: {_why(changed)}"
    say(f"{product} {state}.")


def _why(product: ProductMenuBody) -> str:
    return product.unusable or "Stripe does not list it"
