"""Measure the hot item: `.venv/bin/python -m benchmarks.hot_item --help`."""

import argparse
import os
import platform
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.hot_item.algorithms import ALGORITHMS
from benchmarks.hot_item.database import create_database
from benchmarks.hot_item.scenarios import LONE_ROUNDS, other_product, sell_out, storm
from benchmarks.hot_item.settings import DELAYED, SETTINGS, Setting
from benchmarks.hot_item.stores import Stores
from benchmarks.hot_item.tables import (
    BASE,
    SUBJECT,
    other_product_table,
    sell_out_table,
    storm_table,
)
from benchmarks.page import PAGE, write_part
from devstack.console import exit_status, say, step
from devstack.private_files import set_private_umask
from devstack.servers.mariadb import MariaDB
from devstack.servers.valkey import Valkey
from devstack.stack import Stack
from devstack.state import ROOT, locked
from gorder.clients.mysql import connect_mysql
from gorder.clients.redis import redis_client

DIRECTORY: Final = ROOT / ".devstack" / "bench"
STORM: Final = "storm"
SELL_OUT: Final = "sell_out"
OTHER_PRODUCT: Final = "other_product"
ROUNDS: Final = 5
SECONDS: Final = 4.0
BUSY: Final = 0.5
PARTS: Final = (STORM, SELL_OUT, OTHER_PRODUCT)


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. The fields are those of the command line."""

    rounds: int
    seconds: float
    buyers: Sequence[int]
    settings: Sequence[str]
    algorithms: Sequence[str]
    parts: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether nothing is left out and the runs are long enough for the page."""
        return (
            self.rounds >= ROUNDS
            and self.seconds >= SECONDS
            and not self.buyers
            and set(self.settings) == set(SETTINGS)
            and set(self.algorithms) == set(ALGORITHMS)
            and set(self.parts) == set(PARTS)
        )

    @property
    def chosen(self) -> list[Setting]:
        return [SETTINGS[name] for name in self.settings]

    def buyers_of(self, setting: Setting) -> Sequence[int]:
        return self.buyers or list(setting.goals)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and return the exit status."""
    options = parse(arguments)
    # Stop the servers at the end, also if a shell started this in the background without SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return exit_status(lambda: _measure(options))


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hot_item",
        description="Compare gorder with other algorithms when many buyers want one product, on "
        "servers of its own. The tables go to stdout. A run that leaves nothing out, with these "
        f"rounds and seconds or more, takes a quarter of an hour and also writes docs/{PAGE.name}, "
        "which describes the algorithms.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="the tables have the medians")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="how long each is measured in a round"
    )
    parser.add_argument(
        "--buyers",
        type=int,
        nargs="+",
        default=[],
        help="how many, in the storm; without it, those of the page",
    )
    for name, choices, text in (
        ("settings", SETTINGS, "of the storm: the stores with delays, or as they are"),
        ("algorithms", ALGORITHMS, "the algorithms of the storm"),
        (
            "parts",
            PARTS,
            "storm: the rate; sell_out: refusals; other_product: one beside the storm",
        ),
    ):
        parser.add_argument(
            f"--{name}", nargs="+", choices=choices, default=list(choices), help=text
        )
    options = Options(**vars(parser.parse_args(arguments)))
    if min(options.rounds, options.seconds, *options.buyers) <= 0:
        parser.error("rounds, seconds and buyers must be positive")
    return options


def _measure(options: Options) -> None:
    with _servers() as (environment, versions):
        urls = environment["GORDER_MYSQL_URL"], environment["GORDER_REDIS_URL"]
        stores = {name: create_database(*urls, setting) for name, setting in SETTINGS.items()}
        text = "\n\n".join([_conditions(options, versions), *_tables(options, stores)])
    sys.stdout.write(f"{text}\n")
    if options.complete:
        write_part("hot_item", text)


def _tables(options: Options, stores: Mapping[str, Stores]) -> Iterator[str]:
    if STORM in options.parts:
        results = storm(
            [stores[name] for name in options.settings],
            {setting.name: options.buyers_of(setting) for setting in options.chosen},
            options.algorithms,
            options.rounds,
            options.seconds,
        )
        for setting in options.chosen:
            yield f"### {setting.title}\n\n{storm_table(setting, results)}"
    compared = [algorithm for algorithm in (BASE, SUBJECT) if algorithm in options.algorithms]
    if SELL_OUT in options.parts:
        sold = {
            algorithm: sell_out(stores[DELAYED.name], algorithm, options.seconds)
            for algorithm in compared
        }
        yield f"### Sold out\n\n{sell_out_table(sold)}"
    if OTHER_PRODUCT in options.parts:
        others = {
            algorithm: other_product(
                stores[DELAYED.name], algorithm, options.rounds, options.seconds
            )
            for algorithm in compared
        }
        yield f"### Another product\n\n{other_product_table(others)}"


def _conditions(options: Options, versions: str) -> str:
    return (
        f"Medians of {options.rounds} rounds of {options.seconds:g} s (with one buyer, "
        f"each divided into {LONE_ROUNDS}), on one machine of "
        f"{os.cpu_count()} cores for the buyers and both servers. {versions}, Python "
        f"{platform.python_version()}."
    )


@contextmanager
def _servers() -> Iterator[tuple[dict[str, str], str]]:
    """Start MariaDB and Valkey without data; yield their addresses and versions; stop them."""
    if (load := os.getloadavg()[0]) > BUSY:
        say(f"  ! other processes are at work (load {load:.1f}): the figures will be worse")
    set_private_umask()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with locked(DIRECTORY.with_suffix(".lock")):
        stack = Stack(DIRECTORY)
        stack.reset()
        try:
            with step("start MariaDB and Valkey"):
                stack.up([MariaDB, Valkey])
            environment = stack.store_env()
            yield environment, _versions(environment)
        finally:
            stack.down()


def _versions(environment: Mapping[str, str]) -> str:
    with (
        connect_mysql(environment["GORDER_MYSQL_URL"]) as connection,
        connection.cursor() as cursor,
        redis_client(environment["GORDER_REDIS_URL"]) as redis,
    ):
        cursor.execute("SELECT VERSION()")
        row: Any = cursor.fetchone()
        valkey: Any = redis.info("server")
        return f"MariaDB {row[0].partition('-')[0]}, Valkey {valkey['valkey_version']}"


if __name__ == "__main__":
    sys.exit(main())
