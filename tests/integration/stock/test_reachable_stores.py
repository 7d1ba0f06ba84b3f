"""The program in a process of its own, on stores that it can reach: output and exit codes."""

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack.stripe_standin.server import serve
from gorder.clients.stripe import stripe_client
from tests.forked_program import Done, ForkedProgram
from tests.integration.stock.database import StockDatabase

pytestmark = pytest.mark.servers

KEY = "sk_test_cli"


@pytest.fixture
def stripe_base(tmp_path: Path) -> Iterator[str]:
    with serve(tmp_path / "stripe.db") as base_url:
        yield base_url


@pytest.fixture
def gorder(program: ForkedProgram) -> Callable[..., Done]:
    """The program with `--stores`, and with no other variables of gorder or Stripe."""

    def run(*arguments: str, **variables: str) -> Done:
        return program.run(["--stores", *arguments], own_variables() | variables)

    return run


def own_variables() -> dict[str, str]:
    left_out = ("GORDER_", "STRIPE_", "COLUMNS")
    return {name: text for name, text in os.environ.items() if not name.startswith(left_out)}


def test_from_an_empty_database_to_a_stocked_menu(
    gorder: Callable[..., Done], mysql_url: str, stripe_base: str
) -> None:
    variables = {
        "GORDER_MYSQL_URL": mysql_url,
        "STRIPE_API_BASE": stripe_base,
        "STRIPE_API_KEY": KEY,
        "GORDER_STACK": "gorder-test",
        "GORDER_MENU_PRODUCTS": "all",
    }
    account = stripe_client(KEY, stripe_base)
    soup = account.v1.products.create(
        {"name": "Soup", "default_price_data": {"currency": "eur", "unit_amount": 700}}
    )
    account.v1.products.create({"name": "A smile"})
    account.v1.products.create({"name": "Tea", "metadata": {"gorder_stack": "another"}})
    steps = [
        ("migrate",),
        ("migrate",),
        ("catalogue", "sync"),
        ("catalogue", "sync"),
        ("stock", "receive", soup.id, "5", "--receipt", "r1"),
        ("stock", "receive", soup.id, "5", "--receipt", "r1"),
        ("stock", "show"),
    ]
    done = [gorder(*step, **variables) for step in steps]
    assert [(step.returncode, step.stderr) for step in done] == [(0, "")] * len(steps)
    printed = [step.stdout for step in done]
    assert "applied 0001_stock.sql" in printed[0]
    assert "nothing to apply" in printed[1]
    assert "2 products, 2 changed, 1 of other shops" in printed[2]
    assert "A smile" in printed[2]
    assert "2 products, 0 changed" in printed[3]
    assert printed[4].startswith("received 5")
    assert printed[5].startswith("had been received before")
    assert re.search(rf"{soup.id} .* 5 +0 +5", printed[6])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("stock", "receive", "ghost", "5", "--receipt", "r1"), 1, "no product ghost"),
        (("stock", "receive", "ghost", "0", "--receipt", "r1"), 2, "whole number"),
        (("stock", "receive", "ghost", "5", "--receipt", ""), 2, "1 to 64"),
        (("stock", "receive", "ghost", "5", "--receipt", "PAD "), 2, "no space last"),
        (("stock", "receive", "ghost", "5", "--receipt", "r\n"), 2, "no space last"),
        (("stock", "receive", "ghost ", "5", "--receipt", "r1"), 2, "1 to 64"),
        (("catalogue", "sync"), 2, "STRIPE_API_KEY is not set"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_an_error_is_printed_without_a_traceback(
    gorder: Callable[..., Done],
    database: StockDatabase,
    arguments: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    failed = gorder(*arguments, GORDER_MYSQL_URL=database.url)
    assert failed.returncode == code
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr


NOWHERE = {"GORDER_MYSQL_URL": "mysql://u:p@127.0.0.1:1/gorder"}
WRONG = {"GORDER_MYSQL_URL": "postgres://x"}


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "message"),
    [
        (("migrate",), {}, 2, "GORDER_MYSQL_URL is not set"),
        (("stock", "show"), {}, 2, "GORDER_MYSQL_URL is not set"),
        (("migrate",), WRONG, 2, "mysql://user:password@host:port/database"),
        (("stock", "show"), WRONG, 2, "mysql://user:password@host:port/database"),
        (("migrate",), NOWHERE, 1, "Can't connect"),
        (("stock", "show"), NOWHERE, 3, "Can't connect"),
    ],
)
def test_an_unreachable_mysql_is_one_line(
    gorder: Callable[..., Done],
    arguments: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    message: str,
) -> None:
    failed = gorder(*arguments, **variables)
    assert failed.returncode == code
    assert message in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert "u:p@" not in failed.stderr


def test_the_program_that_is_installed_is_this_one() -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [Path(sys.executable).with_name("gorder"), "--stores", "stock", "show"],
        env=own_variables(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "GORDER_MYSQL_URL is not set" in done.stderr


def test_an_unreachable_mongodb_is_one_line(
    gorder: Callable[..., Done], database: StockDatabase
) -> None:
    nowhere = "mongodb://u:p@127.0.0.1:1/gorder"
    failed = gorder("migrate", GORDER_MYSQL_URL=database.url, GORDER_MONGO_URL=nowhere)
    assert failed.returncode == 1
    assert failed.stderr.endswith("run migrate again\n")
    assert failed.stderr.count("\n") == 1
    assert "u:p@" not in failed.stderr


def test_a_webhook_endpoint_is_created_once_and_only_its_secret_is_printed(
    gorder: Callable[..., Done], stripe_base: str
) -> None:
    variables = {"STRIPE_API_BASE": stripe_base, "STRIPE_API_KEY": KEY}
    url = "https://shop.example/prod/api/webhook"

    made = gorder("webhook", "create", url, **variables)
    again = gorder("webhook", "create", url, **variables)

    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("whsec_")
    assert len(made.stdout.split()) == 1
    assert (again.returncode, again.stdout) == (1, "")
    assert "already" in again.stderr


def test_a_receipt_is_kept_with_the_user_of_the_operating_system(
    gorder: Callable[..., Done], database: StockDatabase
) -> None:
    soup = database.stocked(0)
    receipt = f"receipt of {soup}"

    done = gorder(
        "stock", "receive", soup, "5", "--receipt", receipt, GORDER_MYSQL_URL=database.url
    )

    assert done.returncode == 0, done.stderr
    user = pwd.getpwuid(os.getuid()).pw_name
    sql = "SELECT booked_by FROM stock_movements WHERE reference = %s"
    assert database.rows(sql, receipt) == [(f"{user} (command line)",)]
