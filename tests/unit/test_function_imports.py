"""A function imports what it uses and nothing else: each module is paid for at every cold start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEVER = {"pytest", "moto", "hypothesis", "devstack", "gorder.cli"}
STRIPE = {"stripe", "requests"}
MYSQL_AND_REDIS = {"pymysql", "redis"}
MONGO = {"pymongo", "bson"}
# What each function has no business with.
FORBIDDEN = {
    "audit": MONGO | STRIPE | {"redis"},
    "back_office": MONGO | {"redis"},
    "catalogue_sync": MONGO | {"redis"},
    "cancel_order": MYSQL_AND_REDIS,
    "create_order": MYSQL_AND_REDIS | STRIPE,
    "get_menu": MYSQL_AND_REDIS | MONGO | STRIPE,
    "get_order": MYSQL_AND_REDIS | STRIPE,
    "kitchen": MYSQL_AND_REDIS | STRIPE,
    "migrate": STRIPE | {"redis"},
    "order_paid": MYSQL_AND_REDIS | STRIPE,
    "payment_link": MYSQL_AND_REDIS,
    "stock_check": MONGO | STRIPE,
    "stripe_webhook": MYSQL_AND_REDIS | MONGO,
    "sweep": MYSQL_AND_REDIS,
}
# Each function in a process of its own, forked from one that has what all of them import.
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
    """The modules that importing a function brings in, by its folder."""
    done = subprocess.run(  # noqa: S603 - our own interpreter, with a script of ours
        [sys.executable, "-c", _SCRIPT, *FORBIDDEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(FORBIDDEN), done.stderr
    return {function: set(modules) for function, modules in lines}


def test_every_function_is_here() -> None:
    assert {app.parent.name for app in (ROOT / "functions").glob("*/app.py")} == set(FORBIDDEN)


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_function_imports_nothing_it_does_not_use(
    function: str, imported: dict[str, set[str]]
) -> None:
    unwanted = (FORBIDDEN[function] | NEVER) & imported[function]

    assert not unwanted


@pytest.mark.parametrize("function", sorted(FORBIDDEN.keys() - {"back_office"}))
def test_the_back_offices_words_are_its_own(function: str, imported: dict[str, set[str]]) -> None:
    assert "gorder.contracts.back_office" not in imported[function]


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_function_imports_no_other_function(function: str, imported: dict[str, set[str]]) -> None:
    apps = {name for name in imported[function] if name.startswith("functions.")}

    assert apps == {f"functions.{function}", f"functions.{function}.app"}
