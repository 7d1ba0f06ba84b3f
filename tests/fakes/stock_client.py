"""The stock service in memory, as the order service uses it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock

from gorder.contracts.stock import (
    Availability,
    ClientIds,
    ListMenuRequest,
    MenuListed,
    MovedUnits,
    MovementsListed,
    PricedLine,
    RefusedLine,
    ReservationShown,
    ReservedUnits,
)
from gorder.order.lines import Quantities
from gorder.order.stock_errors import (
    InsufficientStock,
    ReservationDiffersError,
    ReservationLostError,
    ReservationMissingError,
    ReservationReleasedError,
    StockUnavailableError,
    UnknownProduct,
)
from tests.fakes.faults import Faults

type LinesByOrder = dict[str, tuple[PricedLine, ...]]

PRICES = {"soup": 700, "bread": 250, "yacht": 60_000_000}


class MemoryStock:
    """Implements `StockClient` with ten units of each product in `PRICES`, in euro cents."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._lock = Lock()
        self.available = dict.fromkeys(PRICES, 10)
        self.held: LinesByOrder = {}
        self.held_until: dict[str, datetime] = {}
        self.sold: LinesByOrder = {}
        self.released: LinesByOrder = {}
        self.returned: LinesByOrder = {}
        self.wasted: LinesByOrder = {}
        self.clients: dict[str, ClientIds] = {}

    def menu(self, query: ListMenuRequest) -> MenuListed:
        assert query.trace_id
        with self.faults.call("stock.menu", StockUnavailableError):
            return MenuListed(products=tuple(map(self._availability, sorted(PRICES))))

    def reserve(
        self,
        order_id: str,
        quantities: Quantities,
        expires_at: datetime,
        trace_id: str,
        client: ClientIds | None = None,
    ) -> tuple[PricedLine, ...]:
        assert trace_id
        if client:
            self.clients[order_id] = client
        with self.faults.call("stock.reserve", StockUnavailableError), self._lock:
            if order_id in self.released | self.returned | self.wasted:
                raise ReservationReleasedError(order_id)
            known = self.held.get(order_id) or self.sold.get(order_id)
            if known and _quantities(known) != quantities:
                raise ReservationDiffersError(order_id)
            if not known:
                self._hold(order_id, quantities)
            until = self.held_until.get(order_id, expires_at)
            self.held_until[order_id] = max(until, expires_at)
            return known or self.held[order_id]

    def held_percent(self, trace_id: str) -> float:
        assert trace_id
        with self.faults.call("stock.held_percent", StockUnavailableError):
            held = sum(line.quantity for lines in self.held.values() for line in lines)
            return 10.0 * held

    def release(self, order_id: str, trace_id: str, overdue_at: datetime | None = None) -> None:
        assert trace_id
        with self.faults.call("stock.release", StockUnavailableError):
            if order_id in self.sold:
                raise ReservationLostError(f"order {order_id}: reservation_confirmed")
            if order_id not in self.held:
                return
            if overdue_at and self.held_until[order_id] >= overdue_at:
                return
            self._put_back(order_id, self.held, self.released)

    def return_units(self, order_id: str, trace_id: str) -> None:
        assert trace_id
        with self.faults.call("stock.return", StockUnavailableError), self._lock:
            if order_id in self.held:
                self._put_back(order_id, self.held, self.released)
            if order_id in self.sold:
                self._put_back(order_id, self.sold, self.returned)

    def write_off(self, order_id: str, trace_id: str) -> None:
        assert trace_id
        with self.faults.call("stock.write_off", StockUnavailableError), self._lock:
            lines = self.held.pop(order_id, ()) or self.sold.pop(order_id, ())
            if lines:
                self.wasted[order_id] = lines

    def overdue(self, before: datetime, limit: int, trace_id: str) -> tuple[str, ...]:
        assert trace_id
        with self.faults.call("stock.overdue", StockUnavailableError):
            late = [order_id for order_id in self.held if self.held_until[order_id] < before]
            return tuple(sorted(late, key=self.held_until.__getitem__)[:limit])

    def movements(self, order_id: str, trace_id: str) -> MovementsListed:
        """Return the units that are held or sold; this fake keeps no earlier movements."""
        assert trace_id
        with self.faults.call("stock.movements", StockUnavailableError):
            kinds = {"reserved": self.held, "confirmed": self.sold, "wasted": self.wasted}
            moved = tuple(
                MovedUnits(
                    product_id=line.product_id,
                    kind=kind,
                    quantity=line.quantity,
                    occurred_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
                )
                for kind, lines in kinds.items()
                for line in lines.get(order_id, ())
            )
            return MovementsListed(movements=moved, reservation=self._reservation(order_id))

    def _reservation(self, order_id: str) -> ReservationShown | None:
        states = {
            "held": self.held,
            "confirmed": self.sold,
            "released": self.released,
            "returned": self.returned,
            "wasted": self.wasted,
        }
        for state, orders in states.items():
            if lines := orders.get(order_id):
                return ReservationShown(
                    state=state,
                    held_until=self.held_until[order_id],
                    lines=tuple(
                        ReservedUnits(product_id=line.product_id, quantity=line.quantity)
                        for line in lines
                    ),
                )
        return None

    def confirm(self, order_id: str, trace_id: str) -> None:
        assert trace_id
        with self.faults.call("stock.confirm", StockUnavailableError):
            if order_id in self.sold:
                return
            if order_id in self.released:
                self._retake(order_id)
            elif order_id in self.held:
                self.sold[order_id] = self.held.pop(order_id)
            elif order_id in self.returned | self.wasted:
                raise ReservationLostError(f"order {order_id}: reservation_returned")
            else:
                raise ReservationMissingError(order_id)

    def _retake(self, order_id: str) -> None:
        lines = self.released[order_id]
        if any(line.quantity > self.available[line.product_id] for line in lines):
            raise ReservationLostError(f"order {order_id}: insufficient_stock")
        for line in lines:
            self.available[line.product_id] -= line.quantity
        self.sold[order_id] = self.released.pop(order_id)

    def _put_back(self, order_id: str, before: LinesByOrder, after: LinesByOrder) -> None:
        after[order_id] = before.pop(order_id)
        for line in after[order_id]:
            self.available[line.product_id] += line.quantity

    def _availability(self, product_id: str) -> Availability:
        return Availability(
            product_id=product_id,
            name=product_id.title(),
            unit_amount=PRICES[product_id],
            currency="eur",
            active=True,
            available=self.available[product_id],
        )

    def _hold(self, order_id: str, quantities: Quantities) -> None:
        if unknown := quantities.keys() - PRICES.keys():
            raise UnknownProduct(
                tuple(_refused(name, quantities[name], None) for name in sorted(unknown))
            )
        short = {name: n for name, n in quantities.items() if n > self.available[name]}
        if short:
            raise InsufficientStock(
                tuple(_refused(name, n, self.available[name]) for name, n in short.items())
            )
        for name, quantity in quantities.items():
            self.available[name] -= quantity
        self.held[order_id] = tuple(_priced(name, n) for name, n in quantities.items())


def _quantities(lines: Iterable[PricedLine]) -> dict[str, int]:
    return {line.product_id: line.quantity for line in lines}


def _refused(product_id: str, requested: int, available: int | None) -> RefusedLine:
    return RefusedLine(product_id=product_id, requested=requested, available=available)


def _priced(product_id: str, quantity: int) -> PricedLine:
    return PricedLine(
        product_id=product_id,
        name=product_id.title(),
        quantity=quantity,
        unit_amount=PRICES[product_id],
        currency="eur",
        price_id=f"price_{PRICES[product_id]}",
    )
