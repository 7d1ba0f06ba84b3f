"""However busy the shop: what can run at once never needs more connections than a store takes.

What the stores take: MySQL's limit is set by the template. DocumentDB's is 500 connections for a
db.t4g.medium and 1700 for a db.r6g.large, the least that AWS's documentation has named for a class
of that memory; each of a cluster's instances takes as many. Valkey takes 65000, a t4g 20000.
"""

import re
from typing import Any

import pytest

from devstack.state import ROOT
from devstack.template import functions, template
from gorder.runtime.limits import MONGO_CONNECTIONS, MYSQL_CONNECTIONS, REDIS_CONNECTIONS

SHARE = 0.8
FUNCTIONS = functions()
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
SIZES = template()["Mappings"]["Sizes"]
MONGO_TAKES = {"db.t4g.medium": 500, "db.r6g.large": 1700}
REDIS_TAKES = {"cache.t4g.micro": 20000, "cache.t4g.small": 20000}


def resolved(value: Any, size: str) -> int:
    match value:
        case {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, str(key)]}:
            return int(SIZES[size][key])
        case _:
            return int(value)


def concurrency(function: str, size: str) -> int:
    """How many of it run at once: reserved, or bounded by its queue's event source mapping."""
    properties = FUNCTIONS[function]
    if reserved := properties.get("ReservedConcurrentExecutions"):
        condition, bound, _ = reserved["Fn::If"]
        assert condition == "ReservesConcurrency"
        return resolved(bound, size)
    [event] = properties["Events"].values()
    return resolved(event["Properties"]["ScalingConfig"]["MaximumConcurrency"], size)


def users(variable: str) -> list[str]:
    return [name for name, f in FUNCTIONS.items() if variable in f["Environment"]["Variables"]]


@pytest.mark.parametrize("size", SIZES)
def test_mysql_takes_all_who_may_come(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_MYSQL_SECRET"))

    assert most * MYSQL_CONNECTIONS <= SHARE * SIZES[size]["MysqlMaxConnections"]


@pytest.mark.parametrize("size", SIZES)
def test_documentdb_takes_all_who_may_come(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_MONGO_SECRET"))

    assert most * MONGO_CONNECTIONS <= SHARE * MONGO_TAKES[SIZES[size]["MongoClass"]]


@pytest.mark.parametrize("size", SIZES)
def test_valkey_takes_all_who_may_come(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_REDIS_SECRET"))

    assert most * REDIS_CONNECTIONS <= SHARE * REDIS_TAKES[SIZES[size]["RedisClass"]]


@pytest.mark.parametrize(
    ("store", "variable", "each"),
    [
        ("MySQL, through its proxy", "GORDER_MYSQL_SECRET", MYSQL_CONNECTIONS),
        ("DocumentDB, each instance", "GORDER_MONGO_SECRET", MONGO_CONNECTIONS),
        ("Valkey", "GORDER_REDIS_SECRET", REDIS_CONNECTIONS),
    ],
)
def test_the_table_in_the_runbook_has_these_numbers(store: str, variable: str, each: int) -> None:
    [row] = re.findall(rf"^\| {store} \|.*\| (.+) \|$", RUNBOOK, re.MULTILINE)

    most = [sum(concurrency(name, size) for name in users(variable)) * each for size in SIZES]
    assert row == ", ".join(map(str, most))


@pytest.mark.parametrize("size", SIZES)
def test_stock_answers_all_who_may_ask_at_once(size: str) -> None:
    askers = sum(concurrency(name, size) for name in users("GORDER_STOCK_FUNCTION"))

    assert askers <= concurrency("stock_check", size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_reserved_fits_an_account_s_usual_thousand(size: str) -> None:
    reserved = sum(
        concurrency(name, size)
        for name, properties in FUNCTIONS.items()
        if "ReservedConcurrentExecutions" in properties
    )

    assert reserved <= 1000 - 100  # Lambda keeps 100 for functions without a reservation


@pytest.mark.parametrize("size", SIZES)
def test_the_alarms_ring_where_the_budget_ends(size: str) -> None:
    alarms = template()["Resources"]
    production = size == "Production"

    for name, takes in (
        ("MysqlConnectionsAlarm", SIZES[size]["MysqlMaxConnections"]),
        ("MongoConnectionsAlarm", MONGO_TAKES[SIZES[size]["MongoClass"]]),
    ):
        _, if_production, otherwise = alarms[name]["Properties"]["Threshold"]["Fn::If"]
        assert (if_production if production else otherwise) == SHARE * takes
