"""The environments that can run at once need fewer connections than each store accepts.

The template sets MySQL's limit. DocumentDB accepts 500 connections on a db.t4g.medium and 1700 on a
db.r6g.large, the lowest numbers in AWS's documentation for classes of that memory; the limit is for
each instance of a cluster. Valkey accepts 65000 connections, on a t4g 20000.
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
MONGO_ACCEPTS = {"db.t4g.medium": 500, "db.r6g.large": 1700}
REDIS_ACCEPTS = {"cache.t4g.micro": 20000, "cache.t4g.small": 20000}


def resolved(value: Any, size: str) -> int:
    match value:
        case {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, str(key)]}:
            return int(SIZES[size][key])
        case _:
            return int(value)


def concurrency(function: str, size: str) -> int:
    """The environments of a function: reserved, or limited by its event source mapping."""
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
def test_mysql_accepts_every_environment(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_MYSQL_SECRET"))

    assert most * MYSQL_CONNECTIONS <= SHARE * SIZES[size]["MysqlMaxConnections"]


@pytest.mark.parametrize("size", SIZES)
def test_documentdb_accepts_every_environment(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_MONGO_SECRET"))

    assert most * MONGO_CONNECTIONS <= SHARE * MONGO_ACCEPTS[SIZES[size]["MongoClass"]]


@pytest.mark.parametrize("size", SIZES)
def test_valkey_accepts_every_environment(size: str) -> None:
    most = sum(concurrency(name, size) for name in users("GORDER_REDIS_SECRET"))

    assert most * REDIS_CONNECTIONS <= SHARE * REDIS_ACCEPTS[SIZES[size]["RedisClass"]]


@pytest.mark.parametrize(
    ("store", "variable", "each"),
    [
        ("MySQL, through its proxy", "GORDER_MYSQL_SECRET", MYSQL_CONNECTIONS),
        ("DocumentDB, each instance", "GORDER_MONGO_SECRET", MONGO_CONNECTIONS),
        ("Valkey", "GORDER_REDIS_SECRET", REDIS_CONNECTIONS),
    ],
)
def test_the_runbook_has_these_numbers(store: str, variable: str, each: int) -> None:
    [row] = re.findall(rf"^\| {store} \|.*\| (.+) \|$", RUNBOOK, re.MULTILINE)

    most = [sum(concurrency(name, size) for name in users(variable)) * each for size in SIZES]
    assert row == ", ".join(map(str, most))


@pytest.mark.parametrize("size", SIZES)
def test_the_stock_function_serves_all_its_callers_at_once(size: str) -> None:
    callers = sum(concurrency(name, size) for name in users("GORDER_STOCK_FUNCTION"))

    assert callers <= concurrency("stock_check", size)


@pytest.mark.parametrize("size", SIZES)
def test_the_reserved_concurrency_fits_into_the_usual_limit_of_an_account(size: str) -> None:
    reserved = sum(
        concurrency(name, size)
        for name, properties in FUNCTIONS.items()
        if "ReservedConcurrentExecutions" in properties
    )

    assert reserved <= 1000 - 100  # Lambda keeps 100 for functions without a reservation


@pytest.mark.parametrize("size", SIZES)
def test_the_connection_alarms_are_raised_above_the_budget(size: str) -> None:
    alarms = template()["Resources"]
    production = size == "Production"

    for name, accepted in (
        ("MysqlConnectionsAlarm", SIZES[size]["MysqlMaxConnections"]),
        ("MongoConnectionsAlarm", MONGO_ACCEPTS[SIZES[size]["MongoClass"]]),
    ):
        _, if_production, otherwise = alarms[name]["Properties"]["Threshold"]["Fn::If"]
        assert (if_production if production else otherwise) == SHARE * accepted
