"""The program's commands, and the options before them."""

import re
from typing import Annotated

import typer

from ops.commands import (
    audit,
    catalogue,
    dead_letters,
    export,
    forget,
    menu,
    migrate,
    order_repairs,
    orders,
    payments,
    report,
    stock,
    stock_repairs,
    webhook,
)
from ops.errors import CommandError, ExitCode
from ops.session import Session

_STACK = r"[A-Za-z][A-Za-z0-9-]{0,127}"
_EPILOG = """
Exit codes: **0** done, **1** refused or failed, **2** a wrong argument or setting, **3** something
did not answer: send the same command again, **4** an audit found something, or orders or pages
were left.

Every command can be repeated safely. docs/operations.md says which one helps when.
"""

program = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog=_EPILOG,
)
orders.commands.command("export")(export.export)
orders.commands.command("repair")(order_repairs.repair)
orders.commands.command("document")(order_repairs.document)
orders.commands.command("reconcile")(order_repairs.reconcile)
payments.commands.command("keep")(order_repairs.keep)
orders.commands.command("forget")(forget.forget)
program.add_typer(orders.commands, name="orders")
program.add_typer(payments.commands, name="payments")
stock.commands.command("repair")(stock_repairs.repair)
stock.commands.command("repair-order")(stock_repairs.repair_order)
stock.commands.command("repairs")(stock_repairs.repairs)
program.add_typer(stock.commands, name="stock")
program.add_typer(menu.commands, name="menu")
program.add_typer(report.commands, name="report")
program.add_typer(dead_letters.commands, name="dead-letters")
program.add_typer(catalogue.commands, name="catalogue")
program.add_typer(webhook.commands, name="webhook")
program.command("audit")(audit.audit)
program.command("migrate")(migrate.migrate)


@program.callback()
def options(
    context: typer.Context,
    *,
    stack: Annotated[
        str | None,
        typer.Option(envvar="GORDER_STACK", help="The deployed stack, as `sam deploy` named it."),
    ] = None,
    stores: Annotated[
        bool,
        typer.Option(
            "--stores",
            help="Answer in this process, on the stores of GORDER_MYSQL_URL and GORDER_MONGO_URL "
            "and with STRIPE_API_KEY, instead of in the deployed function.",
        ),
    ] = False,
    asked_by: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            envvar="GORDER_AS",
            help="Who asks. It is kept with every change. Without it, your IAM identity.",
        ),
    ] = None,
) -> None:
    """See and change what a shop has: its orders, payments and stock.

    Requests are answered by the stack's `back_office` function, and IAM decides who may invoke it.
    The region and the credentials are those of the AWS CLI (`AWS_PROFILE`, `AWS_REGION`).
    """
    if stack is not None and not re.fullmatch(_STACK, stack):
        raise CommandError("--stack: must be the name of a CloudFormation stack", ExitCode.USAGE)
    context.obj = Session(stack, stores, asked_by)
