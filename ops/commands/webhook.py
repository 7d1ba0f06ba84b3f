"""`gorder webhook`."""

from typing import Annotated

import typer

from ops.errors import CommandError, exit_code
from ops.output import say, say_progress, waiting
from ops.settings import stripe_address, variable

commands = typer.Typer(no_args_is_help=True, help="The webhook endpoint at Stripe.")


@commands.callback()
def about() -> None:
    """Keep `create` a command of its own, although it is the only one."""


@commands.command()
def create(
    url: Annotated[str, typer.Argument(help="The stack's output WebhookUrl.")],
) -> None:
    """Register a URL for Stripe's events, and print its signing secret.

    Only the secret is printed to stdout, so that a script can pipe it into a secret store. Uses
    STRIPE_API_KEY.
    """
    from gorder.clients.stripe import stripe_client  # noqa: PLC0415 - imports stripe
    from gorder.errors import GorderError  # noqa: PLC0415
    from gorder.payment.adapters.stripe_endpoints import StripeEndpoints  # noqa: PLC0415

    client = stripe_client(variable("STRIPE_API_KEY"), stripe_address())
    try:
        with waiting("asking Stripe …"):
            endpoint = StripeEndpoints(client).create(url)
    except GorderError as error:
        raise CommandError(str(error), exit_code(error.kind)) from error
    say_progress(f"created {endpoint.endpoint_id} at API version {endpoint.api_version}")
    say(endpoint.secret)
