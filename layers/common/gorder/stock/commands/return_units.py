"""Put the units of a refunded order back on sale."""

from dataclasses import dataclass

from gorder.stock.model import Reservation, Signature
from gorder.stock.ports import StockStore
from gorder.stock.refusals import StockRefusal
from gorder.stock.settlement import settle


@dataclass(frozen=True, slots=True)
class ReturnUnits:
    """Return the units that this order holds or has bought. `signature` is that of staff."""

    order_id: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class ReturnUnitsHandler:
    """Returns sold units to stock, and releases a hold.

    Units that were returned, released or written off already are not returned again.
    """

    store: StockStore

    def __call__(self, command: ReturnUnits) -> Reservation | StockRefusal:
        """Return the reservation as it is then, or that there is none.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        try:
            return self.store.run(
                lambda stock: settle(
                    stock, command.order_id, Reservation.return_units, command.signature
                )
            )
        except StockRefusal as refusal:
            return refusal
