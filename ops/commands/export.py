"""`gorder orders export`."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from gorder.contracts.back_office_orders import OrdersExportedBody
from ops.amounts import days
from ops.commands.orders import Zone
from ops.errors import CommandError, ExitCode
from ops.output import counted, say_progress
from ops.session import Session, session_of


def export(
    context: typer.Context,
    *,
    first: Annotated[
        str, typer.Option("--from", metavar="DAY", help="Placed on that day or later.")
    ],
    last: Annotated[
        str, typer.Option("--to", metavar="DAY", help="Placed on that day or earlier.")
    ] = "today",
    zone: Zone = "UTC",
    file: Annotated[
        Path | None, typer.Option("--file", dir_okay=False, help="Where to. Default: stdout.")
    ] = None,
) -> None:
    """Write whole orders as JSON, one on each line, the oldest first.

    It has everything that is stored of an order, the customer's id too: keep the file with care.
    """
    begin, end = days(first, last, zone)
    fields = {"placed_from": begin.isoformat(), "placed_until": end.isoformat()}
    written = 0
    with ExitStack() as closing:
        output = _opened(file, closing)
        for order in _orders(session_of(context), fields):
            output.write(json.dumps(order, ensure_ascii=False) + "\n")
            written += 1
            if written % 500 == 0:
                say_progress(f"{counted(written, 'order')} …")
    say_progress(f"{counted(written, 'order')} written")


def _orders(session: Session, fields: dict[str, str]) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        page = session.ask(OrdersExportedBody, "export_orders", **fields, after=after)
        yield from page.model_dump(mode="json")["orders"]
        if page.next is None:
            return
        after = page.next


def _opened(file: Path | None, closing: ExitStack) -> IO[str]:
    try:
        return (
            typer.get_text_stream("stdout")
            if file is None
            else closing.enter_context(file.open("w", encoding="utf-8"))
        )
    except (FileNotFoundError, NotADirectoryError):
        raise CommandError(
            f"--file: the folder {file and file.parent} does not exist", ExitCode.USAGE
        ) from None
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise CommandError(f"--file: {file} cannot be written: {why}", ExitCode.USAGE) from None
