"""An evening on which everything goes wrong ends with the commands of `gorder` alone.

Each trouble is made as a failure would leave it. Then staff look, end it, and the audit is clean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import Stack
from gorder.clients.mongo import mongo_client
from gorder.clients.mysql import connect_mysql
from gorder.order.adapters.mongo_orders import COLLECTION, MongoOrders
from gorder.order.commands.begin_cooking import BeginCooking, BeginCookingHandler
from gorder.runtime.clock import utc_now
from tests.e2e.conftest import CustomerOrder, ShopClient, wait_until
from tests.e2e.final_audit import audit
from tests.e2e.function_logs import invocations
from tests.e2e.queues import paused
from tests.e2e.test_cancel_and_sweep import cancel
from tests.e2e.test_dead_letters import QUEUES, dead_letter_queue, refuse
from tests.e2e.test_program import ANN, FOUND, Program, cooked, intent_of
from tests.e2e.test_the_way_back import (
    PRICE,
    pay_on_another_page,
    refunds_at_stripe,
    stripe_client,
    wait_for_refund,
    waiting,
)
from tests.fakes.telemetry import MemoryTelemetry
from tests.forked_program import ForkedProgram

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

UNITS = 50
WHY = "What the evening needed."


@dataclass
class Evening:
    """The orders of the evening, each with its trouble. The first access makes it."""

    shop: ShopClient
    gorder: Program
    logs: Path

    @cached_property
    def product(self) -> str:
        return self.shop.stock_a_product(units=UNITS)

    def cook(self) -> CustomerOrder:
        return cooked(self.shop, self.product)

    def paid_later(self) -> tuple[CustomerOrder, str]:
        return waiting(self.shop, self.product)

    def execute(self, statement: str, *values: object) -> None:
        """Change the stock's database by hand."""
        with (
            connect_mysql(self.shop.environment["GORDER_MYSQL_URL"]) as connection,
            connection.cursor() as cursor,
        ):
            assert cursor.execute(statement, values) > 0
            connection.commit()

    def set_field(self, placed: CustomerOrder, field: str, value: object) -> None:
        """Change an order's document by hand."""
        with mongo_client(self.shop.environment["GORDER_MONGO_URL"]) as client:
            changed = client.get_default_database()[COLLECTION].update_one(
                {"_id": placed.order_id}, {"$set": {field: value}}
            )
        assert changed.matched_count == 1


@pytest.fixture
def evening(cloud: Stack, shop: ShopClient, program: ForkedProgram) -> Iterator[Evening]:
    for name in QUEUES:
        shop.aws("sqs").purge_queue(QueueUrl=dead_letter_queue(shop, name))
    yield Evening(shop, Program(program, shop), cloud.directory.function_logs)
    shop.clear_faults()


def begin_cooking(shop: ShopClient, placed: CustomerOrder) -> None:
    """Begin to cook, as a kitchen does that is killed afterwards."""
    with mongo_client(shop.environment["GORDER_MONGO_URL"]) as client:
        orders = MongoOrders(lambda: client.get_default_database()[COLLECTION])
        BeginCookingHandler(orders=orders, clock=utc_now, telemetry=MemoryTelemetry())(
            BeginCooking(placed.order_id)
        )


def lose_messages_of_the_kitchen(shop: ShopClient) -> None:
    shop.aws("sqs").purge_queue(QueueUrl=shop.output("KitchenQueueUrl"))


@dataclass(frozen=True)
class Troubles:
    """What is wrong, and with which order."""

    without_a_page: CustomerOrder
    unheard: CustomerOrder
    not_refunded: CustomerOrder
    not_cooked: CustomerOrder
    half_cooked: CustomerOrder
    unreadable: CustomerOrder
    refund_failed: CustomerOrder
    page_unknown: CustomerOrder
    renamed: CustomerOrder
    without_movement: CustomerOrder
    resized: CustomerOrder

    @property
    def orders(self) -> list[CustomerOrder]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


def make_troubles(evening: Evening) -> Troubles:
    shop = evening.shop
    renamed, without_movement, resized, back = (evening.cook() for _ in range(4))
    (late, late_page), (half, half_page), (broken, broken_page) = (
        evening.paid_later() for _ in range(3)
    )
    (unheard, unheard_page), (ended, _), (strange, _) = (evening.paid_later() for _ in range(3))

    evening.gorder.ask("orders", "refund", back.order_id, "--reason", WHY, "--yes")
    [refund] = shop.stripe_list("refunds", payment_intent=intent_of(evening.gorder, back))
    shop.control(f"refunds/{refund['id']}/fail")

    with paused(shop, "kitchen"):
        for placed, page in ((late, late_page), (half, half_page)):
            shop.pay(page)
            shop.wait(placed, "paid")
        begin_cooking(shop, half)
        lose_messages_of_the_kitchen(shop)
        shop.pay(broken_page)
        shop.wait(broken, "paid")
        evening.set_field(broken, "customer_id", 7)

    assert cancel(shop, ended).status_code == 200
    refuse(shop, "POST", "/v1/refunds$")
    pay_on_another_page(shop, ended)
    session = shop.session_of(unheard.order_id)["id"]
    refuse(shop, "GET", f"/v1/checkout/sessions/{session}")
    shop.pay(unheard_page)
    refuse(shop, "GET", f"/v1/products/{evening.product}")
    stripe_client(shop).v1.products.update(evening.product, {"name": "Soup of the evening"})
    refuse(shop, "POST", "/v1/checkout/sessions$")
    no_page = shop.place((evening.product, 1))

    evening.set_field(renamed, "customer_id", "someone-else")
    evening.execute("UPDATE stock SET on_hand = on_hand + 3 WHERE product_id = %s", evening.product)
    evening.execute("DELETE FROM stock_movements WHERE reference = %s", without_movement.order_id)
    evening.execute("UPDATE reservations SET quantity = 2 WHERE order_id = %s", resized.order_id)
    return Troubles(
        without_a_page=no_page,
        unheard=unheard,
        not_refunded=ended,
        not_cooked=late,
        half_cooked=half,
        unreadable=broken,
        refund_failed=back,
        page_unknown=strange,
        renamed=renamed,
        without_movement=without_movement,
        resized=resized,
    )


def wait_for_a_letter_in_each_queue(gorder: Program) -> list[dict[str, Any]]:
    wanted = {"payment_link", "order_paid", "refund", "kitchen", "catalogue"}
    found: list[dict[str, Any]] = []

    def all_there() -> bool:
        found[:] = gorder.ask("dead-letters", "list")["letters"]
        return {letter["queue"] for letter in found} >= wanted

    wait_until(
        all_there, lambda: f"only {sorted(letter['queue'] for letter in found)} have letters"
    )
    return found


def end_troubles(evening: Evening, troubles: Troubles) -> None:
    """End each trouble with commands."""
    gorder = evening.gorder

    gorder.run(
        *("orders", "repair", troubles.unreadable.order_id, "--reason", WHY, "--yes"),
        *("--set", f'customer_id="{troubles.unreadable.customer_id}"'),
    )
    gorder.run(
        *("orders", "repair", troubles.renamed.order_id, "--reason", WHY, "--yes"),
        *("--set", f'customer_id="{troubles.renamed.customer_id}"'),
    )
    gorder.run("dead-letters", "redrive")
    gorder.run("orders", "retry-refund", troubles.refund_failed.order_id)
    for stuck in (troubles.not_cooked, troubles.half_cooked, troubles.page_unknown):
        gorder.run("orders", "cancel", stuck.order_id, "--reason", WHY, "--yes")
    for order, keep in (
        (troubles.without_movement, "reservation"),
        (troubles.resized, "movements"),
    ):
        gorder.run("stock", "repair-order", order.order_id, "--keep", keep, "--reason", WHY)
    gorder.run("stock", "repair", evening.product, "--reason", WHY)


def findings(gorder: Program, troubles: Troubles, product: str) -> list[str]:
    """Return what the program's audit finds of the evening."""
    answer = gorder.process("audit", "--full", "--json")
    assert answer.returncode in {0, FOUND}, answer.stderr
    names = [product, *(order.order_id for order in troubles.orders)]
    return [line for line in answer.stdout.splitlines() if any(name in line for name in names)]


def test_an_evening_ends_with_the_commands_alone(evening: Evening) -> None:
    shop, gorder = evening.shop, evening.gorder
    troubles = make_troubles(evening)
    wait_for_a_letter_in_each_queue(gorder)
    assert gorder.run("orders", "show", troubles.unreadable.order_id, code=1)
    wrong = "\n".join(findings(gorder, troubles, evening.product))
    for subject in (
        f"product {evening.product}",
        *(
            f"order {order.order_id}"
            for order in (
                troubles.unreadable,
                troubles.renamed,
                troubles.without_movement,
                troubles.resized,
            )
        ),
    ):
        assert subject in wrong

    shop.clear_faults()
    session = shop.session_of(troubles.page_unknown.order_id)["id"]
    shop.control("faults", method="POST", path=f"sessions/{session}/expire", status=404, times=9)
    end_troubles(evening, troubles)
    for placed, status in (
        (troubles.without_a_page, "waiting_for_payment"),
        (troubles.unheard, "cooked"),
        (troubles.unreadable, "cooked"),
        (troubles.not_cooked, "refunded"),
        (troubles.half_cooked, "refunded"),
        (troubles.page_unknown, "cancelled"),
    ):
        shop.wait(placed, status)
    wait_for_refund(shop, troubles.not_refunded, status="succeeded", amount=PRICE)
    units = shop.units(evening.product)
    gorder.run(
        *("stock", "count", evening.product, str(units["on_hand"] - 1), "--reason", WHY),
    )

    assert findings(gorder, troubles, evening.product) == []
    assert not [
        finding
        for finding in audit(shop.environment)
        if any(order.order_id in finding for order in troubles.orders) or evening.product in finding
    ]
    intent = intent_of(gorder, troubles.refund_failed)
    assert sorted(refunds_at_stripe(shop, intent)) == [PRICE, PRICE]  # one of them failed
    assert_each_step_is_on_record(evening, troubles)


def assert_each_step_is_on_record(evening: Evening, troubles: Troubles) -> None:
    gorder = evening.gorder
    for order in (
        *(troubles.unreadable, troubles.renamed, troubles.refund_failed),
        *(troubles.not_cooked, troubles.half_cooked, troubles.page_unknown),
    ):
        notes = gorder.ask("orders", "show", order.order_id)["notes"]
        assert ANN in {note["by"] for note in notes}, order
    repairs = gorder.ask("stock", "repairs")["repairs"]
    mine = {repair["subject"] for repair in repairs if repair["by"] == ANN}
    assert mine >= {
        f"product {evening.product}",
        f"order {troubles.without_movement.order_id}",
        f"order {troubles.resized.order_id}",
    }
    moved = {
        line["queue"]
        for invocation in invocations(evening.logs)
        for line in invocation.lines
        if line["message"] == "dead_letter.moved_back" and line["by"] == ANN
    }
    assert moved >= {"payment_link", "order_paid", "refund", "kitchen", "catalogue"}
