"""An evening in the shop, with the commands of `gorder` alone, against the running stack."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gorder.clients.mysql import connect_mysql
from tests.e2e.by_hand import change_order, delete_order
from tests.e2e.conftest import CustomerOrder, ShopClient, wait_until
from tests.e2e.test_catalogue import menu_item
from tests.e2e.test_the_way_back import PRICE, refunds_at_stripe, waiting
from tests.forked_program import Done, ForkedProgram

pytestmark = pytest.mark.servers

ANN = "ann@example.com"
FOUND = 4


@dataclass(frozen=True)
class Program:
    """`gorder` in a process of its own, run by Ann."""

    program: ForkedProgram
    shop: ShopClient
    options: tuple[str, ...] = ()

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command, and return its result, or the text of its failure."""
        done = self.process(*words)
        assert done.returncode == code, done.stderr
        return done.stderr if code in {1, 2, 3} else done.stdout

    def process(self, *words: str) -> Done:
        """Run a command to its end."""
        environment = {**os.environ, **self.shop.environment, "COLUMNS": "200"}
        return self.program.run(["--as", ANN, *self.options, *words], environment)

    def ask(self, *words: str, code: int = 0) -> Any:
        """Run a command, and return its answer."""
        return json.loads(self.run(*words, "--json", code=code))


@pytest.fixture
def gorder(program: ForkedProgram, shop: ShopClient) -> Program:
    """The program, whose requests the deployed function answers."""
    return Program(program, shop)


@pytest.fixture(params=[(), ("--stores",)], ids=["function", "stores"])
def either(program: ForkedProgram, shop: ShopClient, request: pytest.FixtureRequest) -> Program:
    """The program, whose requests the deployed function or its own process answers."""
    return Program(program, shop, request.param)


def cooked(shop: ShopClient, product: str) -> CustomerOrder:
    placed, page = waiting(shop, product)
    shop.pay(page)
    shop.wait(placed, "cooked")
    return placed


def intent_of(gorder: Program, placed: CustomerOrder) -> str:
    [payment] = gorder.ask("orders", "show", placed.order_id)["payments"]
    intent: str = payment["payment"]
    return intent


def test_a_part_is_refunded_once_and_then_the_rest(shop: ShopClient, either: Program) -> None:
    product = shop.stock_a_product(units=3)
    placed = cooked(shop, product)
    words = ("orders", "refund", placed.order_id, "--reason", "The soup was cold.")

    planned = either.ask(*words, "--amount", "2.00", "--dry-run")
    once = (*words, "--amount", "2.00", "--refunded-before", "0.00", "--yes")
    part, again = either.ask(*once), either.ask(*once)
    assert shop.get_order(placed).json()["status"] == "cooked"
    rest = either.ask(*words, "--yes")

    assert (planned["amount"], planned["refunded"]) == (200, 0)
    assert (part["amount"], part["left"], part["status"]) == (200, PRICE - 200, "cooked")
    assert (again["left"], again["status"]) == (PRICE - 200, "cooked")
    assert (rest["amount"], rest["left"], rest["status"]) == (PRICE - 200, 0, "refunded")
    assert sorted(refunds_at_stripe(shop, intent_of(either, placed))) == [200, PRICE - 200]
    notes = either.ask("orders", "show", placed.order_id)["notes"]
    assert {(note["by"], note["text"]) for note in notes} == {(ANN, "The soup was cold.")}


def test_an_unpaid_order_is_found_by_its_customer_and_ended(
    shop: ShopClient, gorder: Program
) -> None:
    product = shop.stock_a_product(units=3)
    placed, _ = waiting(shop, product)

    [listed] = gorder.ask("orders", "list", "--customer", placed.customer_id)["orders"]
    of_today = gorder.ask("orders", "list", "--day", "today", "--status", "waiting_for_payment")
    would = gorder.ask("orders", "cancel", placed.order_id, "--reason", "Closing.", "--dry-run")
    assert shop.units(product) == {"on_hand": 3, "held": 1}
    done = gorder.ask("orders", "cancel", placed.order_id, "--reason", "Closing.", "--yes")

    assert (listed["order_id"], listed["units"]) == (placed.order_id, 1)
    assert placed.order_id in {order["order_id"] for order in of_today["orders"]}
    assert would["status"] == "waiting_for_payment"
    assert (done["status"], done["reason"]) == ("cancelled", "closed_by_shop")
    assert shop.units(product) == {"on_hand": 3, "held": 0}


def test_a_product_that_was_counted_wrong_is_corrected(shop: ShopClient, gorder: Program) -> None:
    product = shop.stock_a_product(units=10)

    gorder.run("stock", "waste", product, "2", "--reason", "Dropped.", "--entry", "w1")
    gorder.run("stock", "waste", product, "2", "--reason", "Dropped.", "--entry", "w1")
    gorder.run("stock", "return", product, "1", "--reason", "Brought back.")
    gorder.run("stock", "count", product, "5", "--reason", "Evening count.")

    assert shop.units(product) == {"on_hand": 5, "held": 0}
    assert booked(shop, product) == [
        ("received", 10, None, None),
        ("discarded", 2, ANN, "Dropped."),
        ("restocked", 1, ANN, "Brought back."),
        ("counted_down", 4, ANN, "Evening count."),
    ]


def booked(shop: ShopClient, product: str) -> list[tuple[object, ...]]:
    """Read the movements of a product, oldest first."""
    with (
        connect_mysql(shop.environment["GORDER_MYSQL_URL"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT kind, quantity, booked_by, reason FROM stock_movements"
            " WHERE product_id = %s ORDER BY movement_id",
            [product],
        )
        return list(cursor.fetchall())


def test_a_paused_dish_cannot_be_ordered_until_it_is_resumed(
    shop: ShopClient, gorder: Program
) -> None:
    product = shop.stock_a_product(units=3)

    gorder.run("menu", "pause", product, "--reason", "No broth.")
    gorder.run("catalogue", "sync")
    refused = shop.post_order((product, 1))
    shown = gorder.ask("stock", "show")["products"]
    listed = menu_item(shop, product)
    gorder.run("menu", "resume", product, "--reason", "Broth is back.")
    taken = shop.post_order((product, 1))

    assert (refused.status_code, refused.json()["code"]) == (422, "inactive_product")
    [paused] = [each["paused"] for each in shown if each["product_id"] == product]
    assert (paused["by"], paused["reason"]) == (ANN, "No broth.")
    assert listed is not None
    assert (listed["paused"], listed["available"]) == (True, 0)
    assert taken.status_code == 201


def test_orders_of_today_are_exported(shop: ShopClient, gorder: Program, tmp_path: Path) -> None:
    placed, _ = waiting(shop, shop.stock_a_product(units=3))
    file = tmp_path / "orders.jsonl"

    gorder.run("orders", "export", "--from", "today", "--file", str(file))

    orders = [json.loads(line) for line in file.read_text().splitlines()]
    assert placed.order_id in {order["order_id"] for order in orders}
    assert len({order["order_id"] for order in orders}) == len(orders)


def test_what_was_changed_by_hand_is_named_until_it_is_corrected(
    shop: ShopClient, gorder: Program
) -> None:
    product = shop.stock_a_product(units=7)
    placed = cooked(shop, product)

    change_units(shop, product, 1)
    change_order(shop, placed, {"customer_id": "someone-else"})
    wrong = gorder.ask("audit", "--full", code=FOUND)
    change_units(shop, product, -1)
    change_order(shop, placed, {"customer_id": placed.customer_id})
    corrected = json.loads(gorder.process("audit", "--full", "--json").stdout)

    assert about(wrong) >= {f"product {product}", f"order {placed.order_id}"}
    assert f"product {product}" not in about(corrected)
    assert wrong["complete"]
    assert wrong["looked_at"]["orders"] > 0


def about(audit: dict[str, Any]) -> set[str]:
    return {finding["subject"] for finding in audit["findings"]}


def change_units(shop: ShopClient, product: str, difference: int) -> None:
    with (
        connect_mysql(shop.environment["GORDER_MYSQL_URL"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE stock SET on_hand = on_hand + %s WHERE product_id = %s", [difference, product]
        )
        connection.commit()


def test_a_document_that_cannot_be_read_is_listed(shop: ShopClient, gorder: Program) -> None:
    placed, _ = waiting(shop, shop.stock_a_product(units=3))
    change_order(shop, placed, {"version": "one"})
    try:
        [listed] = gorder.ask("orders", "list", "--customer", placed.customer_id)["orders"]
        shown = gorder.run("orders", "show", placed.order_id, code=1)
    finally:
        delete_order(shop, placed)

    assert (listed["order_id"], listed["status"]) == (placed.order_id, "unreadable")
    assert "version" in listed["unreadable"]
    assert "version" in shown


def test_a_message_is_moved_back_after_its_cause_is_gone(shop: ShopClient, gorder: Program) -> None:
    product = shop.stock_a_product(units=3)
    shop.control("faults", method="POST", path="/v1/checkout/sessions$", status=503, times=1000)
    try:
        placed = shop.place((product, 1))
        words = ("dead-letters", "list", "payment_link", "--order", placed.order_id)
        wait_until(lambda: gorder.ask(*words)["letters"] != [], lambda: "no dead letter")
        [letter] = gorder.ask(*words)["letters"]
    finally:
        shop.clear_faults()

    assert "payment_gateway_unavailable" in gorder.run(*words)
    move = ("dead-letters", "redrive", "payment_link", letter["message_id"])
    assert gorder.ask(*move)["count"] == 1
    assert gorder.ask(*move)["count"] == 0
    assert shop.wait(placed, "waiting_for_payment")["payment_link"]


def test_a_refusal_and_a_wrong_argument_say_what_to_do(gorder: Program) -> None:
    assert "There is no order c1" in gorder.run("orders", "show", "c1", code=1)
    assert "Confirm with --yes" in gorder.run("orders", "cancel", "c1", "--reason", "x", code=2)
