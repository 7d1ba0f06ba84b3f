"""A function imports only what it uses, because each module costs time at a cold start.

`python -m tools.measure_imports` prints what each function's imports cost.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER = {"pytest", "moto", "hypothesis", "devstack", "ops", "typer"}
STRIPE = {"stripe", "requests"}
MYSQL_AND_REDIS = {"pymysql", "redis"}
MONGO = {"pymongo", "bson"}
# Libraries that a function does not use.
FORBIDDEN = {
    "audit": {"redis"},
    "back_office": {"redis"},
    "catalogue_sync": MONGO | {"redis"},
    "cancel_order": MYSQL_AND_REDIS,
    "create_order": MYSQL_AND_REDIS | STRIPE,
    "get_menu": MYSQL_AND_REDIS | MONGO | STRIPE,
    "get_order": MYSQL_AND_REDIS | STRIPE,
    "kitchen": MYSQL_AND_REDIS | STRIPE,
    "migrate": STRIPE | {"redis"},
    "order_paid": MYSQL_AND_REDIS,
    "payment_link": MYSQL_AND_REDIS,
    "publish_pages": MYSQL_AND_REDIS | MONGO | STRIPE,
    "refund": MYSQL_AND_REDIS,
    "retention": STRIPE | {"redis"},
    "stock_check": MONGO | STRIPE,
    "stripe_webhook": MYSQL_AND_REDIS | MONGO,
    "sweep": MYSQL_AND_REDIS,
}
# The services that a function uses itself, or that its bootstrap composes.
SERVICES = {
    "audit": {"order", "payment", "stock", "upkeep"},
    "back_office": {"order", "payment", "stock", "upkeep"},
    "catalogue_sync": {"stock"},
    "cancel_order": {"order", "payment"},
    "create_order": {"order"},
    "get_menu": {"order"},
    "get_order": {"order"},
    "kitchen": {"kitchen", "order"},
    "migrate": {"order", "stock", "upkeep"},
    "order_paid": {"order", "payment"},
    "payment_link": {"order", "payment"},
    "publish_pages": {"pages"},
    "refund": {"order", "payment"},
    "retention": {"order", "stock"},
    "stock_check": {"stock"},
    "stripe_webhook": {"payment"},
    "sweep": {"order", "payment"},
}
# Each function is imported in its own process, forked from one with their common modules.
_SCRIPT = """
import json, os, sys
import gorder.runtime.entry
for function in sys.argv[1:]:
    if os.fork() == 0:
        __import__(f"functions.{function}.app")
        print(json.dumps([function, sorted(sys.modules)]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """The modules that importing a function loads, by its folder."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", _SCRIPT, *FORBIDDEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(FORBIDDEN), done.stderr
    return {function: set(modules) for function, modules in lines}


def test_every_function_is_listed() -> None:
    functions = {app.parent.name for app in (ROOT / "functions").glob("*/app.py")}

    assert functions == set(FORBIDDEN) == set(SERVICES)


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_function_imports_no_unused_library(function: str, imported: dict[str, set[str]]) -> None:
    unwanted = (FORBIDDEN[function] | NEVER) & imported[function]

    assert not unwanted


@pytest.mark.parametrize("function", SERVICES)
def test_a_function_imports_no_other_service(function: str, imported: dict[str, set[str]]) -> None:
    packages = {name.split(".")[1] for name in imported[function] if name.startswith("gorder.")}

    assert packages & set().union(*SERVICES.values()) == SERVICES[function]


@pytest.mark.parametrize("function", sorted(FORBIDDEN.keys() - {"back_office"}))
def test_only_the_back_office_imports_its_contract(
    function: str, imported: dict[str, set[str]]
) -> None:
    rooms = ("gorder.back_office", "gorder.contracts.back_office")

    assert not {name for name in imported[function] if name.startswith(rooms)}


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_function_imports_no_other_function(function: str, imported: dict[str, set[str]]) -> None:
    apps = {name for name in imported[function] if name.startswith("functions.")}

    assert apps == {f"functions.{function}", f"functions.{function}.app"}
