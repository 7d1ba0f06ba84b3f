"""The hot item on real servers, briefly: delays, round trips and books."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from benchmarks.hot_item.__main__ import DIRECTORY
from benchmarks.hot_item.algorithms import ALGORITHMS
from benchmarks.hot_item.buyers import RESERVED, Run, run_buyers
from benchmarks.hot_item.database import books, check_books, create_database, restock
from benchmarks.hot_item.scenarios import HOT, PLENTY
from benchmarks.hot_item.settings import Setting
from benchmarks.hot_item.stores import Stores
from benchmarks.hot_item.summary import Summary
from devstack.console import StackError
from devstack.process import Process
from devstack.state import ROOT, Directory
from gorder.clients.mysql import connect_mysql

ROUND_TRIPS = {"raw": (1, 0), "for_update": (5, 0), "original": (5, 2), "gorder": (1, 0)}


@pytest.fixture(params=[0.001, 0.0], ids=["delayed", "loopback"])
def stores(request: pytest.FixtureRequest, store_urls: dict[str, str]) -> Iterator[Stores]:
    delay: float = request.param
    setting = Setting(f"test_{uuid4().hex[:12]}", delay, delay, {})
    server = store_urls["GORDER_MYSQL_URL"]
    yield create_database(server, store_urls["GORDER_REDIS_URL"], setting)
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {setting.database}")


def run_of(algorithm: str, stores: Stores, buyers: int) -> Run:
    run = Run(algorithm, stores, [HOT] * buyers, seconds=0.5, warm_up_seconds=0.1)
    restock(stores, dict.fromkeys(run.connecting_product_ids, 1) | {HOT: PLENTY})
    return run


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_buyer_pays_the_round_trips_of_the_algorithm(algorithm: str, stores: Stores) -> None:
    run = run_of(algorithm, stores, buyers=1)

    records = run_buyers(run)

    check_books(run, records)
    summary = Summary.of(records, run.seconds)
    assert (summary.mysql, summary.redis) == ROUND_TRIPS[algorithm]
    assert summary.failed == 0


def test_books_that_differ_from_the_answers_fail_the_run(stores: Stores) -> None:
    run = run_of("gorder", stores, buyers=2)
    records = run_buyers(run)
    check_books(run, records)
    reserved = sum(record.answers[RESERVED] for record in records)
    kept = books(stores, HOT)
    assert (kept.held, kept.reserved, kept.moved) == (reserved, reserved, reserved)

    records[0].answers[RESERVED] += 1

    with pytest.raises(StackError, match=f"wrong books of {HOT}"):
        check_books(run, records)
    records[0].answers[RESERVED] -= 1
    with connect_mysql(stores.mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE stock SET held = held - 1 WHERE product_id = %s", [HOT])
        connection.commit()
    with pytest.raises(StackError, match=f"wrong books of {HOT}"):
        check_books(run, records)


def test_every_commit_of_a_procedure_has_the_delay(stores: Stores) -> None:
    with connect_mysql(stores.mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT routine_name, routine_definition FROM information_schema.routines"
            " WHERE routine_schema = DATABASE()"
        )
        procedures: dict[str, str] = dict(cursor.fetchall())

    assert {"reserve_raw", "commit_slowly"} <= procedures.keys()
    delayed = stores.setting.commit_seconds > 0
    for name, definition in procedures.items():
        sleeps = definition.count(f"DO SLEEP({stores.setting.commit_seconds}); COMMIT")
        assert sleeps == definition.count("COMMIT") * delayed, name


def test_a_buyer_that_cannot_start_fails_the_run_by_its_own_error(stores: Stores) -> None:
    run = Run("gorder", stores, [HOT, HOT], seconds=0.1)
    with connect_mysql(stores.mysql_url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE products")

    with pytest.raises(Exception, match="doesn't exist"):
        run_buyers(run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_stops_its_servers(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hot_item", "--parts", "storm", "--seconds", "60"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr
        assert any("✓ start MariaDB and Valkey" in line for line in run.stderr)
        assert _servers() != {None}

        run.send_signal(number)

        assert run.wait() == 130
    assert _servers() == {None}


def _servers() -> set[Process | None]:
    directory = Directory(DIRECTORY)
    return {Process.read(directory.identity(name)) for name in ("mariadb", "valkey")}
