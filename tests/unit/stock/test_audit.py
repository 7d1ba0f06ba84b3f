"""The audit returns, counts and logs what it finds, within its time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gorder.contracts.audit import Finding
from gorder.stock.audit import AddedUp, Sums, checkpoint_findings
from gorder.stock.ports import StockContentionError
from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.products import product
from tests.fakes.stock import MemoryStockStore
from tests.fakes.telemetry import MemoryTelemetry


@pytest.fixture
def store() -> MemoryStockStore:
    """Five soups and five breads."""
    store = MemoryStockStore()
    for name in ("soup", "bread"):
        store.kept.save_products([product(name)])
        store.kept.receive("r1", name, 5)
    return store


@pytest.mark.parametrize("full", [False, True])
def test_each_finding_is_returned_logged_and_counted(
    store: MemoryStockStore, *, full: bool
) -> None:
    telemetry = MemoryTelemetry()
    store.kept.stock["soup"] = replace(store.kept.stock["soup"], on_hand=4)

    [finding] = AuditStockHandler(store=store, telemetry=telemetry)(AuditStock(full))

    text = (
        "on_hand is 4, and its movements add up to 5; held is 0, its movements add up to 0, and"
        " its held reservations to 0"
    )
    assert finding == Finding("units_differ", "product soup", text)
    assert telemetry.gauges == {"StockDrift": 1}
    fields = {"kind": "units_differ", "subject": "product soup", "text": text}
    assert telemetry.lines == [("audit.finding", fields)]


def test_no_finding_is_recorded_too_so_that_a_missing_metric_is_an_alarm(
    store: MemoryStockStore,
) -> None:
    telemetry = MemoryTelemetry()

    assert AuditStockHandler(store=store, telemetry=telemetry)(AuditStock()) == []

    assert telemetry.gauges == {"StockDrift": 0}
    assert telemetry.lines == []


class EndlessStore(MemoryStockStore):
    """Has always more to read."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def advance(self, limit: int, age: timedelta) -> bool:  # noqa: ARG002 - endless
        self.calls.append("advance")
        return True

    def suspect_recent(self, after: int | None, limit: int) -> int | None:  # noqa: ARG002 - endless
        self.calls.append("recent")
        return (after or 0) + 1

    def add_up(self, before: AddedUp | None, limit: int) -> AddedUp:  # noqa: ARG002 - endless
        self.calls.append("add up")
        return AddedUp({}, before.last + 1 if before else 1, more=True)

    def replace_checkpoint(self, added_up: AddedUp) -> tuple[Sums, Sums] | None:
        raise AssertionError(added_up)

    def suspect_any(self, limit: int) -> bool:  # noqa: ARG002 - endless
        self.calls.append("any")
        return True


def test_an_audit_ends_in_time_and_says_what_it_has_not_read() -> None:
    store, telemetry, now = EndlessStore(), MemoryTelemetry(), iter(range(1000))
    handler = AuditStockHandler(store, telemetry, reading_seconds=5, clock=lambda: next(now))

    findings = handler(AuditStock(full=True))

    assert [finding.kind for finding in findings] == ["audit_incomplete"]
    assert len(store.calls) < 12
    assert telemetry.warnings == ["audit.not_all_read", "audit.finding"]


def test_an_audit_reads_at_least_a_page_of_orders_after_all_movements_took_its_time() -> None:
    """So that repeated full audits end."""
    store, now = EndlessStore(), iter(range(1000))
    handler = AuditStockHandler(
        store, MemoryTelemetry(), reading_seconds=0, clock=lambda: next(now)
    )

    handler(AuditStock(full=True))

    assert store.calls.count("any") == 1


class RepairedStore(MemoryStockStore):
    """A repair is made while movements are added up."""

    def replace_checkpoint(self, added_up: AddedUp) -> tuple[Sums, Sums] | None:  # noqa: ARG002 - refuses
        return None


def test_sums_of_before_a_repair_are_not_kept_and_the_audit_says_so() -> None:
    now = iter(range(1000))
    handler = AuditStockHandler(RepairedStore(), MemoryTelemetry(), clock=lambda: next(now))

    assert [each.kind for each in handler(AuditStock(full=True))] == ["audit_incomplete"]


class HeldCheckpoint(MemoryStockStore):
    """Another transaction keeps the checkpoint where it is."""

    def advance(self, limit: int, age: timedelta) -> bool:  # noqa: ARG002 - refuses
        raise StockContentionError("a transaction is open")


def test_an_audit_that_cannot_move_the_checkpoint_still_audits() -> None:
    telemetry = MemoryTelemetry()

    assert AuditStockHandler(HeldCheckpoint(), telemetry)(AuditStock()) == []

    assert telemetry.lines == [("audit.checkpoint_not_moved", {"reason": "a transaction is open"})]
    assert telemetry.gauges == {"StockDrift": 0}


def test_sums_that_differ_are_named_with_their_kind() -> None:
    kept = {("soup", "received"): 5, ("soup", "confirmed"): 2, ("bread", "received"): 1}
    actual = {("soup", "received"): 4, ("soup", "confirmed"): 2, ("tea", "received"): 1}

    found = [(each.subject, each.text) for each in checkpoint_findings(kept, actual)]

    text = (
        "its movements of the kind received added up to {} units when they were audited, and now"
        " to {}"
    )
    assert found == [
        ("product bread", text.format(1, 0)),
        ("product soup", text.format(5, 4)),
        ("product tea", text.format(0, 1)),
    ]
