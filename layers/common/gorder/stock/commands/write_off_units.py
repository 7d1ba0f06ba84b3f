"""Book the units of a refunded order as waste."""

from dataclasses import dataclass

from gorder.stock.model import Reservation, Signature
from gorder.stock.ports import StockStore
from gorder.stock.refusals import StockRefusal
from gorder.stock.settlement import settle


@dataclass(frozen=True, slots=True)
class WriteOffUnits:
    """Write off the units that this order holds or has bought. `signature` is that of staff."""

    order_id: str
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class WriteOffUnitsHandler:
    """Books sold units as waste: they were used, and their order is refunded. Held ones count too.

    Units that were written off, returned or released already are not written off again.
    """

    store: StockStore

    def __call__(self, command: WriteOffUnits) -> Reservation | StockRefusal:
        """Return the reservation as it is then, or that there is none.

        Raises:
            StockContentionError, StockStoreUnavailableError: transient.
            StockStoreError: a defect.
        """
        try:
            return self.store.run(
                lambda stock: settle(
                    stock, command.order_id, Reservation.write_off, command.signature
                )
            )
        except StockRefusal as refusal:
            return refusal
