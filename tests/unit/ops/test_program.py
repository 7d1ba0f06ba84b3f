"""The program's commands, options and exit codes, through the function's own entry."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import typer

from ops.program import program
from tests.fakes.deployment import FakeDeployment
from tests.fakes.examples import ORDER_ID, paid, with_notes, with_number
from tests.unit.ops.conftest import ARN, Printed

OTHER_ID = "another"

type Gorder = Callable[..., Printed]


def test_a_delivery_is_booked_by_the_iam_identity(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    first = gorder("stock", "receive", "soup", "5", "--receipt", "d1")
    again = gorder("stock", "receive", "soup", "5", "--receipt", "d1")

    assert (first.code, first.stdout) == (0, "received 5 of soup, receipt d1\n")
    assert again.stdout == "had been received before: 5 of soup, receipt d1\n"
    assert deployment.stock.kept.booked_by["d1", "soup"] == ARN


def test_the_name_of_the_one_who_asks_can_be_stated(
    gorder: Gorder, deployment: FakeDeployment
) -> None:
    gorder("--as", "ann@example.com", "stock", "receive", "soup", "5", "--receipt", "d1")

    assert deployment.stock.kept.booked_by["d1", "soup"] == "ann@example.com"


def test_a_delivery_without_a_receipt_gets_a_new_one(gorder: Gorder) -> None:
    receipts = {gorder("stock", "receive", "soup", "5").stdout.split()[-1] for _ in range(3)}

    assert len(receipts) == 3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("stock", "receive", "soup", "0"), "QUANTITY: must be a whole number from 1 "),
        (("stock", "receive", "soup", "-5", "--receipt", "a"), "QUANTITY: must be a whole"),
        (
            ("stock", "count", "soup", "-1", "--reason", "x"),
            "QUANTITY: must be a whole number from 0",
        ),
        (("stock", "receive", "soup", "5", "--recipt", "a"), "No such option: --recipt"),
        (("stock", "receive", "soup", "1.5"), "QUANTITY: must be a whole number from 1 "),
        (("stock", "receive", "soup", "5", "--receipt", ""), "receipt_id: must be 1 to 64"),
        (("--as", "", "stock", "receive", "soup", "5"), "--as: must be 1 to 128"),
        (("--as", "\u00e4nn", "stock", "receive", "soup", "5"), "--as: must be 1 to 128"),
        (("--stack", "a b", "stock", "show"), "--stack: must be the name"),
        (("orders", "show", "a b"), "order_id: must be 1 to 64"),
        (("orders", "cancel", "c1"), "--reason"),
        (("orders", "cancel", "c1", "--reason", " ", "--yes"), "reason: must be 1 to 500"),
        (("payments", "unmatched", "--limit", "0"), "limit: must be a whole number from 1 to 100"),
        (("stoc",), "No such command"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_sent(
    arguments: tuple[str, ...], text: str, gorder: Gorder, deployment: FakeDeployment
) -> None:
    run = gorder(*arguments)

    assert run.code == 2
    assert text in " ".join(run.stderr.split())
    assert run.stdout == ""
    assert deployment.stock.kept.stock["soup"].on_hand == 10


def test_a_refusal_is_one_line_and_exit_code_1(gorder: Gorder) -> None:
    run = gorder("orders", "show", "c1")

    assert (run.code, run.stdout) == (1, "")
    assert run.stderr == "gorder: There is no order c1: check its id.\n"


def test_what_cannot_be_undone_needs_yes_where_no_one_can_be_asked(gorder: Gorder) -> None:
    run = gorder("orders", "cancel", "c1", "--reason", "The oven is broken.")

    assert run.code == 2
    assert "Confirm with --yes" in run.stderr


def test_json_is_the_whole_answer(gorder: Gorder) -> None:
    shown = json.loads(gorder("stock", "show", "--json").stdout)

    assert [product["product_id"] for product in shown["products"]] == ["bread", "soup"]
    assert shown["products"][1]["unit_amount"] == 700


def test_a_table_shows_money_and_units(gorder: Gorder) -> None:
    [row] = [line for line in gorder("stock", "show").stdout.splitlines() if "soup" in line]

    assert row.split()[:4] == ["soup", "Name", "of", "soup"]
    assert "7.00 EUR" in row
    assert row.split()[-3:] == ["10", "0", "10"]


def test_an_order_is_shown_with_its_notes(gorder: Gorder, deployment: FakeDeployment) -> None:
    plain_order = replace(paid(), order_id=OTHER_ID)
    deployment.orders.stored = {ORDER_ID: with_number(with_notes(paid())), OTHER_ID: plain_order}

    shown = gorder("orders", "show", ORDER_ID)
    as_json = json.loads(gorder("orders", "show", ORDER_ID, "--json").stdout)
    plain = gorder("orders", "show", OTHER_ID)

    listed = gorder("orders", "list").stdout

    assert [line.split()[3] for line in listed.splitlines() if ORDER_ID in line] == ["142"]
    assert re.search(r"^Number +142$", shown.stdout, re.MULTILINE)
    assert "The customer's notes" in shown.stdout
    [row] = [line.split() for line in shown.stdout.splitlines() if "no onions" in line]
    assert row == ["1", "Soup", "no", "onions"]
    assert as_json["lines"][0]["notes"][0] == {"quantity": 1, "text": "no onions"}
    assert as_json["lines"][1]["notes"] == []
    assert plain.code == 0
    assert "notes" not in plain.stdout
    assert "Number" not in plain.stdout


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command."""

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        below = getattr(command, "commands", {})
        for name, child in below.items():
            yield from walk(child, (*words, name))
        if not below:
            yield words

    yield from walk(typer.main.get_command(program), ())


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...], gorder: Gorder) -> None:
    run = gorder(*words, "--help")

    assert run.code == 0
    summary = run.stdout.split("\n\n")[0]
    assert "Usage: gorder" in summary or "Usage: gorder" in run.stdout
    assert len(run.stdout.splitlines()) > 6
