"""Record the share of the stock that unpaid orders hold."""

from dataclasses import dataclass

from gorder.contracts.telemetry import Telemetry
from gorder.order.ports import StockClient


@dataclass(frozen=True, slots=True)
class RecordHeldShare:
    """A request to record the share of the stock that unpaid orders hold."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class RecordHeldShareHandler:
    """Records the share as a metric, on which an alarm is set."""

    stock: StockClient
    telemetry: Telemetry

    def __call__(self, command: RecordHeldShare) -> None:
        """Record the largest share of a product's units that is held, in percent.

        Raises:
            StockUnavailableError: the share could not be read.
        """
        self.telemetry.gauge("HeldShare", self.stock.held_percent(command.trace_id))
