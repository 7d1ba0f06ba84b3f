"""Format dollars, quantities and bills as Markdown."""

import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tools.cost_inputs import AwsPrice
from tools.cost_lines import Line, total

_CENT: Final = Decimal("0.01")


def dollars(amount: Decimal) -> str:
    """Format an amount: `$1,234.50`."""
    return f"${amount:,.2f}"


def quantity(amount: Decimal) -> str:
    """Format a quantity: `1,234,500`, or with decimals below 100: `10.5`."""
    if amount >= 100 or amount == amount.to_integral():  # noqa: PLR2004 - decimals matter below it
        return f"{amount:,.0f}"
    return f"{amount.quantize(_CENT).normalize():f}"


def unit_price(price: AwsPrice) -> str:
    """Format a price with at least two decimals: `$3.50 / 1,000,000 requests`."""
    exact = f"{price.dollars.normalize():f}"
    shown = exact if len(exact.partition(".")[2]) > 2 else f"{price.dollars:.2f}"  # noqa: PLR2004 - cents
    return (
        f"${shown} / {price.unit}" if price.per == 1 else f"${shown} / {price.per:,} {price.unit}"
    )


def paragraph(text: str, width: int = 100) -> str:
    """Wrap the text to lines of this width."""
    words = " ".join(text.split())
    return textwrap.fill(words, width, break_long_words=False, break_on_hyphens=False)


def item(text: str) -> str:
    """Format an item of a list."""
    return textwrap.indent(paragraph(text, 98), "  ").replace("  ", "- ", 1)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 1) -> str:
    """Format a table whose last `numbers` columns are aligned to the right."""
    rule = ["---"] * (len(head) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *rows])


def bill(lines: Sequence[Line], *, dearest_first: bool) -> str:
    """Format lines by service, with the sum of each service and of all."""
    services = list(dict.fromkeys(line.service for line in lines))
    sums = {name: total(line for line in lines if line.service == name) for name in services}
    if dearest_first:
        services.sort(key=lambda name: -sums[name])
    rows = []
    for name in services:
        rows.append([f"**{name}**", "", "", f"**{dollars(sums[name])}**"])
        rows += [
            [line.what, quantity(line.quantity), unit_price(line.price), dollars(line.dollars)]
            for line in lines
            if line.service == name
        ]
    rows.append(["**Total**", "", "", f"**{dollars(total(lines))}**"])
    return table(["Item", "Quantity", "Price", "Dollars"], rows)
