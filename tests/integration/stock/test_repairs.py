"""Rows that were corrupted by hand, one at a time: the commands alone make the audit clean."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gorder.contracts.audit import Finding
from gorder.stock.adapters.mysql_repairs import MysqlRepairs
from gorder.stock.commands.receive_stock import ReceiveStock, ReceiveStockHandler
from gorder.stock.commands.repair_stock import RepairStock, RepairStockHandler
from gorder.stock.commands.repair_stock_order import (
    RepairStockOrder,
    RepairStockOrderHandler,
)
from gorder.stock.model import Signature
from gorder.stock.refusals import RepairRefusal
from gorder.stock.repair import Keep
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_snapshot import SummedUnits
from tests.integration.stock.audited import AuditedShop
from tests.integration.stock.test_audit_corruption import (
    ACROSS,
    PLACES,
    STATEMENTS,
    module_database,
    shop,
    whole,
)

pytestmark = pytest.mark.servers

__all__ = ["module_database", "shop", "whole"]

ANN = Signature("ann@example.com", "The rows were changed by hand.")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
BOTH = [Keep.MOVEMENTS, Keep.RESERVATION]
CASES = [
    (PLACES[n % 2], statement, subject, BOTH[n // 2 % 2], n // 4 % 2 == 0)
    for n, (statement, subject) in enumerate(
        each
        for each in STATEMENTS[::2]
        if ACROSS not in each[0]  # that a full audit puts right
    )
]


class Staff:
    """A person who runs the commands that the findings and the refusals name."""

    def __init__(self, shop: AuditedShop) -> None:
        self.shop = shop
        self.repairs = MysqlRepairs(shop.store)
        self.made: list[Repaired] = []

    def repair(
        self, product_id: str, repair_id: str | None = None, *, dry_run: bool = False
    ) -> Repaired:
        command = RepairStock(repair_id or uuid4().hex, product_id, ANN, dry_run)
        return self._kept(RepairStockHandler(self.repairs)(command))

    def repair_order(
        self, order_id: str, keep: Keep, repair_id: str | None = None, *, dry_run: bool = False
    ) -> Repaired:
        command = RepairStockOrder(repair_id or uuid4().hex, order_id, keep, ANN, dry_run=dry_run)
        return self._kept(RepairStockOrderHandler(self.repairs, lambda: NOW)(command))

    def _kept(self, repaired: Repaired) -> Repaired:
        if repaired.is_new:
            self.made.append(repaired)
        return repaired

    def end(self, findings: Sequence[Finding], keep: Keep) -> None:
        """Repair the orders, then the products that are still named."""
        for order_id in _named("order", findings):
            try:
                self.repair_order(order_id, keep)
            except RepairRefusal as refusal:
                other = Keep.MOVEMENTS if keep is Keep.RESERVATION else Keep.RESERVATION
                if f"use --keep {other.value}" not in str(refusal):
                    raise
                self.repair_order(order_id, other)
        for product_id in _named("product", self.shop.audit()):
            try:
                self.repair(product_id)
            except RepairRefusal as refusal:
                if "gorder stock receive" in str(refusal):
                    self.receive(product_id, 100)
                    self.repair(product_id)

    def receive(self, product_id: str, quantity: int) -> None:
        command = ReceiveStock(uuid4().hex, product_id, quantity, "ann")
        ReceiveStockHandler(self.shop.store)(command)


def _named(kind: str, findings: Sequence[Finding]) -> list[str]:
    subjects = {finding.subject.partition(" ")[::2] for finding in findings}
    return sorted(name for found, name in subjects if found == kind)


@pytest.fixture
def staff(shop: AuditedShop) -> Staff:
    shop.database.rows("DELETE FROM stock_repairs")
    return Staff(shop)


@pytest.mark.parametrize(
    ("whole", "statement", "subject", "keep", "audits_all"), CASES, indirect=["whole"]
)
def test_what_was_changed_by_hand_is_repaired_and_on_record(
    staff: Staff,
    statement: str,
    subject: str,
    keep: Keep,
    audits_all: bool,  # noqa: FBT001 - pytest passes it
) -> None:
    """Without a full audit first, the checkpoint may have sums of movements that are gone."""
    shop = staff.shop
    shop.database.rows(statement)
    if audits_all:
        assert subject in shop.subjects(full=True)
    staff.end(shop.audit(), keep)
    staff.end(shop.audit(full=True), keep)

    assert shop.audit() == shop.audit(full=True) == shop.audit() == []
    assert shop.database.unbalanced() == []
    kept = staff.repairs.kept(9)
    assert [each.repair for each in kept] == [each.repair for each in reversed(staff.made)]
    assert {each.signature for each in kept} == {ANN}


@pytest.mark.parametrize("whole", PLACES[:1], indirect=True)
def test_audited_sums_that_were_changed_are_on_record_too(staff: Staff) -> None:
    shop = staff.shop
    [(kept,)] = shop.database.rows(
        "SELECT quantity FROM stock_checkpoints WHERE product_id = 'soup' AND kind = 'received'"
    )
    shop.database.rows(
        "UPDATE stock_checkpoints SET quantity = quantity + 1"
        " WHERE product_id = 'soup' AND kind = 'received'"
    )
    assert "product soup" in shop.subjects()

    repaired = staff.repair("soup")

    assert repaired.is_new
    assert repaired.repair.before.sums == (SummedUnits("soup", "received", int(str(kept)) + 1),)
    assert repaired.repair.after.sums == (SummedUnits("soup", "received", int(str(kept))),)
    assert [each.repair for each in staff.repairs.kept(9)] == [repaired.repair]
    assert shop.audit() == shop.audit(full=True) == []
