"""The audit reports products whose units have drifted."""

from dataclasses import replace

from gorder.stock.queries.audit_stock import AuditStock, AuditStockHandler
from tests.fakes.stock import MemoryStockStore, product
from tests.fakes.telemetry import MemoryTelemetry


def test_each_product_that_has_drifted_is_logged_with_its_expected_units() -> None:
    store, telemetry = MemoryStockStore(), MemoryTelemetry()
    for name in ("soup", "bread"):
        store.kept.save_products([product(name)])
        store.kept.receive("r1", name, 5)
    store.kept.stock["soup"] = replace(store.kept.stock["soup"], on_hand=4)

    AuditStockHandler(store=store, telemetry=telemetry)(AuditStock())

    assert telemetry.gauges == {"StockDrift": 1}
    [(line, fields)] = telemetry.lines
    assert line == "audit.drift"
    assert (fields["product_id"], fields["on_hand"], fields["moved_on_hand"]) == ("soup", 4, 5)


def test_no_drift_is_recorded_too_so_that_a_missing_metric_is_an_alarm() -> None:
    store, telemetry = MemoryStockStore(), MemoryTelemetry()

    AuditStockHandler(store=store, telemetry=telemetry)(AuditStock())

    assert telemetry.gauges == {"StockDrift": 0}
    assert telemetry.lines == []
