"""`gorder stock repair`, `repair-order` and `repairs`."""

from collections.abc import Iterator
from typing import Annotated

import typer

from gorder.contracts.back_office_orders import MAX_LISTED
from gorder.contracts.back_office_stock_repairs import (
    KeptStockRepairBody,
    RepairedRowsBody,
    StockRepairedBody,
    StockRepairsBody,
)
from gorder.currencies import money
from ops.commands.stock import Product, new_entry
from ops.output import moment, print_json, print_table, say
from ops.session import AsJson, DryRun, Reason, session_of

RepairId = Annotated[
    str | None,
    typer.Option(
        "--id", help="The repair's id: one that exists changes nothing. Default: a new one."
    ),
]


def repair(
    context: typer.Context,
    product: Product,
    *,
    reason: Reason,
    repair_id: RepairId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set the units of a product to the sums of its movements, after a finding of the audit.

    Its archived sums are set to those of the reservations whose movements are archived.

    First repair the orders that the audit names. A repair says what is in the books, not what is on
    the shelf: count the product afterwards with `gorder stock count`.
    """
    session = session_of(context)
    repaired = session.ask(
        StockRepairedBody,
        "repair_stock",
        repair_id=new_entry("repair") if repair_id is None else repair_id,
        product_id=product,
        reason=reason,
        by=session.by,
        dry_run=dry_run,
    )
    print_repair(repaired, dry_run=dry_run, as_json=as_json)


def repair_order(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(help="The order that the audit names.")],
    *,
    keep: Annotated[
        str,
        typer.Option(
            help="movements: the reservation is written from them. reservation: the movements are. "
            "order: both are, from the order's document."
        ),
    ],
    reason: Reason,
    state: Annotated[
        str | None,
        typer.Option(
            help="The state of all lines, if those of a kept reservation differ. With --keep order "
            "also if there are none, or theirs is wrong."
        ),
    ] = None,
    repair_id: RepairId = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make the reservation and the movements of an order agree, after a finding of the audit.

    The units of its products change as its movements do: count these products afterwards with
    `gorder stock count`. `gorder orders show` has what happened to the order.
    """
    session = session_of(context)
    repaired = session.ask(
        StockRepairedBody,
        "repair_stock_order",
        repair_id=new_entry("repair") if repair_id is None else repair_id,
        order_id=order_id,
        keep=keep,
        state=state,
        reason=reason,
        by=session.by,
        dry_run=dry_run,
    )
    print_repair(repaired, dry_run=dry_run, as_json=as_json)


def repairs(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(help="Repairs on a page.")] = MAX_LISTED,
    after: Annotated[str | None, typer.Option(help="The last repair of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the repairs, newest first, with who asked and why. `--json` has every row."""
    page = session_of(context).ask(StockRepairsBody, "list_stock_repairs", limit=limit, after=after)
    if as_json:
        print_json(page)
        return
    rows = [
        (each.repaired_at, each.repair_id, each.subject, _units(each), each.by, each.reason)
        for each in page.repairs
    ]
    columns = ("REPAIRED", "REPAIR", "ABOUT", "ON HAND", "BY", "REASON")
    print_table(columns, rows, empty="Nothing was repaired.")
    if page.next:
        say(f"There are more: gorder stock repairs --after {page.next}")


def print_repair(repaired: StockRepairedBody, *, dry_run: bool, as_json: bool) -> None:
    """Print each row that a repair has written, before and after."""
    if as_json:
        print_json(repaired)
        return
    before, after = dict(_facts(repaired.before)), dict(_facts(repaired.after))
    rows = [
        (name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    print_table(
        ("WHAT", "BEFORE", "AFTER"), rows, empty="Nothing contradicts, nothing was changed."
    )
    for product_id in repaired.left:
        say(
            f"The units of {product_id} contradict each other still: run gorder audit --full, "
            f"repair the other orders, then gorder stock repair {product_id}"
        )
    if repaired.before == repaired.after:
        return
    done = "would be" if dry_run else "is" if repaired.repaired else "had been"
    say(f"{repaired.subject} {done} repaired, repair {repaired.repair_id}")
    for units in repaired.after.units:
        say(f"Count what is on the shelf: gorder stock count {units.product_id} …")


def _facts(rows: RepairedRowsBody) -> Iterator[tuple[str, str]]:
    for line in rows.lines:
        settled = f", settled {moment(line.settled_at)}" if line.settled_at else ""
        archived = f", archived {', '.join(line.archived)}" if line.archived else ""
        held = f", held until {moment(line.expires_at)}"
        times = f"reserved {moment(line.reserved_at)}{settled}{held}"
        yield (
            f"reservation of {line.product_id}",
            f"{line.quantity} {line.state}, {times}{archived}",
        )
    for each in rows.movements:
        yield (
            f"movement of {each.product_id}, {each.kind}",
            f"{each.quantity} at {moment(each.occurred_at)}",
        )
    for sum_ in rows.archived:
        yield f"archived movements of {sum_.product_id}, {sum_.kind}", str(sum_.quantity)
    for sum_ in rows.sums:
        yield f"audited movements of {sum_.product_id}, {sum_.kind}", str(sum_.quantity)
    for units in rows.units:
        if units.on_hand is not None:
            yield f"units of {units.product_id}", f"{units.on_hand} on hand, {units.held} held"
        if units.in_catalogue:
            yield f"{units.product_id} in the catalogue", "yes"
    for named in rows.named:
        price = f"{money(named.unit_amount, named.currency)} ({named.price_id})"
        yield f"price of {named.product_id}", f"{named.name} at {price}"


def _units(kept: KeptStockRepairBody) -> str:
    before = {each.product_id: each.on_hand for each in kept.before.units}
    return ", ".join(
        f"{each.product_id} {_number(before.get(each.product_id))} → {_number(each.on_hand)}"
        for each in kept.after.units
    )


def _number(units: int | None) -> str:
    return "-" if units is None else str(units)
