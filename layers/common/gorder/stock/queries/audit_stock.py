"""Whether every product's units are what was written of them."""

from dataclasses import asdict, dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.stock.ports import StockStore


@dataclass(frozen=True, slots=True)
class AuditStock:
    """Time to go through the books."""


class AuditStockHandler:
    """Reads and repairs nothing: that would hide how it came about."""

    def __init__(self, store: StockStore, telemetry: Telemetry) -> None:
        self._store = store
        self._telemetry = telemetry

    def __call__(self, _message: AuditStock) -> None:
        """Tell how many products have drifted, and of each what it is and what it should be.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        drifts = self._store.run(lambda stock: stock.drift())
        self._telemetry.gauge("StockDrift", len(drifts))
        for drift in drifts:
            self._telemetry.warning("audit.drift", **asdict(drift))
