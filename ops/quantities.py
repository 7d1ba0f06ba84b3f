"""Read numbers of units from the command line."""

import re
from typing import Any

from typer.core import TyperCommand

from gorder.constraints import MAX_UNITS
from ops.errors import CommandError, ExitCode


def quantity(text: str, lowest: int = 1) -> int:
    """Return a number of units. Raises CommandError if it is not a whole number in its bounds."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or not lowest <= int(text) <= MAX_UNITS:
        raise _no_quantity(lowest)
    return int(text)


def _no_quantity(lowest: int) -> CommandError:
    return CommandError(
        f"QUANTITY: must be a whole number from {lowest} to {MAX_UNITS}", ExitCode.USAGE
    )


class QuantityCommand(TyperCommand):
    """A command that takes `-5` as a wrong quantity, not as an option."""

    lowest = 1

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own type
        """Parse the arguments."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:  # Typer's copy of click, which has the class, is private
            if re.match(r"-[0-9.]", str(getattr(error, "option_name", ""))):
                raise _no_quantity(self.lowest) from None
            raise


class CountCommand(QuantityCommand):
    """A command whose quantity may be 0."""

    lowest = 0
