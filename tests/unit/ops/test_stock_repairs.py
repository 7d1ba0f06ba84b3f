"""What a repair of the stock is shown as: each row that it has written."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gorder.stock.audit import LedgerLine
from gorder.stock.repair_once import Repaired
from gorder.stock.repair_replies import stock_repaired
from gorder.stock.repair_snapshot import Snapshot, StockRepair, StoredUnits, SummedUnits
from ops.commands.stock_repairs import print_repair

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LINE = LedgerLine("soup", 2, "confirmed", NOON, NOON, NOON, frozenset({"reserved", "confirmed"}))
UNITS = StoredUnits("soup", True, 8, 0)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            Snapshot(lines=(replace(LINE, archived=frozenset()),)),
            Snapshot(lines=(LINE,)),
            "archived confirmed, reserved",
        ),
        (
            Snapshot(sums=(SummedUnits("soup", "received", 11),)),
            Snapshot(sums=(SummedUnits("soup", "received", 10),)),
            "audited movements of soup, received",
        ),
        (
            Snapshot(units=(replace(UNITS, in_catalogue=False),)),
            Snapshot(units=(UNITS,)),
            "soup in the catalogue",
        ),
    ],
    ids=["archived", "sums", "catalogue"],
)
def test_each_row_that_was_written_is_shown(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    before: Snapshot,
    after: Snapshot,
    shown: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    repair = StockRepair("r1", "product soup", before, after)

    print_repair(stock_repaired(Repaired(repair, is_new=True)), dry_run=False, as_json=False)

    printed = capsys.readouterr()
    assert shown in printed.out
    assert "product soup is repaired, repair r1" in printed.out + printed.err
