"""Compare every product's units with the sum of their movements."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gorder.contracts.audit import Finding
from gorder.contracts.telemetry import Telemetry
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class AuditStock:
    """Compare every product's units with the sum of their movements."""

    full: bool = False


@dataclass(frozen=True, slots=True)
class AuditStockHandler:
    """Finds products whose units have drifted. A repair would hide the cause, so none is made."""

    store: StockStore
    telemetry: Telemetry

    def __call__(self, _query: AuditStock) -> Sequence[Finding]:
        """Record how many products have drifted; log each with its actual and expected units.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        drifts = self.store.run(lambda stock: stock.drift())
        self.telemetry.gauge("StockDrift", len(drifts))
        for drift in drifts:
            self.telemetry.warning("audit.drift", **asdict(drift))
        return [
            Finding("units_differ", f"product {drift.product_id}", str(asdict(drift)))
            for drift in drifts
        ]
