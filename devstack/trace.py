"""`make trace`: an order's invocations in all functions, as a waterfall."""

import argparse
import shutil
import sys

from devstack.console import StackError, exit_status
from devstack.segments import collected
from devstack.state import Directory
from devstack.waterfall import waterfall

_MIN_COLUMNS = 80


def main() -> None:
    """Print the waterfall of one order."""
    parser = argparse.ArgumentParser(prog="devstack.trace", description=__doc__)
    parser.add_argument("order_id", metavar="ORDER", nargs="?")
    order_id = parser.parse_args().order_id
    if not order_id:
        raise StackError("Which order? make trace ORDER=<order id>")
    columns = max(_MIN_COLUMNS, shutil.get_terminal_size().columns)
    print(plain(waterfall(order_id, collected(Directory.default().data("xray")), columns)))


def plain(text: str) -> str:
    """Replace control characters: every process of this machine may send segments."""
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


if __name__ == "__main__":
    sys.exit(exit_status(main))
