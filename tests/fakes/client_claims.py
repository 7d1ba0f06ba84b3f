"""The claims of clients in memory. `tests/contract` compares them with the MySQL adapter."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from gorder.stock.claims import Claimed, Client, ClientLimits, OpenHold, Use
from gorder.stock.model import Hold
from gorder.stock.refusals import StockRefusal
from gorder.stock.reservation_plan import plan
from tests.fakes.stock import MemoryStockStore


class MemoryClaims:
    """A `ClientClaims` beside a store. A claim without a reservation counts without end."""

    def __init__(self, store: MemoryStockStore) -> None:
        self._store = store
        self._claims: dict[str, tuple[Client, Hold]] = {}

    def claim(self, client: Client, hold: Hold, limits: ClientLimits) -> Claimed:
        kept = self._store.kept
        claimed = Claimed(
            claim_id=None,
            held=self._use(client, hold, in_flight=False),
            in_flight=self._use(client, hold, in_flight=True),
            items=kept.items(hold.quantities),
            is_reserved=hold.order_id in kept.reserved,
        )
        [outcome] = plan([hold], claimed.items, {}).outcomes
        use = claimed.held.plus(claimed.in_flight)
        if claimed.is_reserved or isinstance(outcome, StockRefusal):
            return claimed
        if limits.refusal(hold, use, claimed.items):
            return claimed
        claim_id = uuid4().hex
        self._claims[claim_id] = (client, hold)
        return replace(claimed, claim_id=claim_id)

    def _use(self, client: Client, hold: Hold, *, in_flight: bool) -> Use:
        orders: dict[str, bool] = {}  # and whether it is the customer's
        claimed_units: dict[tuple[str, str], int] = {}
        reserved = self._store.kept.reserved
        for other, claimed in self._claims.values():
            order_id = claimed.order_id
            if other.address != client.address or order_id == hold.order_id:
                continue
            if in_flight != (order_id not in reserved):
                continue
            if not in_flight and not reserved[order_id].is_held:
                continue
            own = other.customer == client.customer
            orders[order_id] = orders.get(order_id, False) or own
            quantities = claimed.quantities if in_flight else reserved[order_id].quantities
            for product_id, quantity in quantities.items():
                key = (order_id, product_id)
                claimed_units[key] = max(claimed_units.get(key, 0), quantity)
        units: Counter[str] = Counter()
        for (_, product_id), quantity in claimed_units.items():
            if product_id in hold.quantities and product_id in self._store.kept.stock:
                units[product_id] += quantity
        return Use(len(orders), sum(orders.values()), dict(units))

    def withdraw(self, client: Client, claim_id: str) -> None:  # noqa: ARG002 - there is one thread
        self._claims.pop(claim_id, None)

    def largest_holds(self, limit: int) -> list[OpenHold]:
        claimed = ((hold.order_id, client.address) for client, hold in self._claims.values())
        addresses = dict(sorted(claimed, reverse=True))  # of each order, the first one
        held = [r for r in self._store.kept.reserved.values() if r.is_held]
        found = [
            OpenHold(
                *(r.order_id, addresses.get(r.order_id), sum(r.quantities.values()), r.expires_at)
            )
            for r in held
        ]
        return sorted(found, key=lambda hold: (-hold.units, hold.order_id))[:limit]

    def forget(self, older_than: timedelta) -> bool:  # noqa: ARG002 - claims have no time
        reserved = self._store.kept.reserved
        held = {order_id for order_id in reserved if reserved[order_id].is_held}
        self._claims = {
            claim_id: (client, hold)
            for claim_id, (client, hold) in self._claims.items()
            if hold.order_id in held
        }
        return False
