"""Compare every product's units with the sum of their movements."""

from dataclasses import asdict, dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class AuditStock:
    """Compare every product's units with the sum of their movements."""


@dataclass(frozen=True, slots=True)
class AuditStockHandler:
    """Finds products whose units have drifted. A repair would hide the cause, so none is made."""

    store: StockStore
    telemetry: Telemetry

    def __call__(self, _query: AuditStock) -> None:
        """Record how many products have drifted; log each with its actual and expected units.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        drifts = self.store.run(lambda stock: stock.drift())
        self.telemetry.gauge("StockDrift", len(drifts))
        for drift in drifts:
            self.telemetry.warning("audit.drift", **asdict(drift))
