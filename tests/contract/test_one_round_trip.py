"""Contract of `try_hold` and `try_settle`, for the fake and for the MySQL adapter.

The procedures repeat rules of the model in SQL. The tests compare the two with generated stocks and
requests.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gorder.stock.model import Hold, Product, Reservation, ReservationState, StockItem
from gorder.stock.ports import Held, NotHeld, SettleAttempt, StockStore, StockTransaction
from gorder.stock.refusals import StockRefusal
from gorder.stock.reservation_plan import plan
from tests.fakes.products import product
from tests.fakes.stock_ledger import AuditedStore, full_audit

NAME = "Crème brûlée 🍮 'x' \"y\" \\ %s \n\t"
NOON = datetime(2026, 12, 1, 12, 30, 15, 123456, tzinfo=UTC)
TIMES = [NOON, NOON + timedelta(hours=1)]
STATES = [ReservationState.HELD] * 3 + [*ReservationState]
LINES = st.dictionaries(st.integers(0, 3), st.integers(1, 4), min_size=1, max_size=3)


@dataclass(frozen=True)
class ProductKind:
    """A product to generate. `units` is None for one that the catalogue does not have."""

    units: int | None
    active: bool = True
    currency: str = "eur"


KINDS = st.builds(
    ProductKind,
    units=st.one_of(st.none(), st.integers(0, 6)),
    active=st.sampled_from([True, True, True, False]),
    currency=st.sampled_from(["eur", "eur", "eur", "usd"]),
)


@dataclass(frozen=True)
class Earlier:
    """A reservation to generate, by numbers of its order and products."""

    order: int
    lines: Mapping[int, int]
    expires_at: datetime
    state: ReservationState


@dataclass(frozen=True)
class Scenario:
    """A stock, earlier reservations and the holds to try, by numbers of orders and products."""

    kinds: Sequence[ProductKind]
    earlier: Sequence[Earlier]
    holds: Sequence[tuple[int, Mapping[int, int], datetime]]


EARLIER = st.builds(
    Earlier,
    order=st.integers(0, 3),
    lines=LINES,
    expires_at=st.sampled_from(TIMES),
    state=st.sampled_from(STATES),
)
SCENARIOS = st.builds(
    Scenario,
    kinds=st.lists(KINDS, min_size=4, max_size=4),
    earlier=st.lists(EARLIER, max_size=2, unique_by=lambda each: each.order),
    holds=st.lists(
        st.tuples(st.integers(0, 5), LINES, st.sampled_from(TIMES)), min_size=1, max_size=4
    ),
)
GOOD_KINDS = st.builds(
    ProductKind,
    units=st.integers(4, 12),
    active=st.sampled_from([True] * 7 + [False]),
    currency=st.sampled_from(["eur"] * 7 + ["usd"]),
)


def promising(lines: st.SearchStrategy[dict[int, int]]) -> st.SearchStrategy[Scenario]:
    """Generate holds with these lines. Most can be served together."""
    return st.builds(
        Scenario,
        kinds=st.lists(GOOD_KINDS, min_size=4, max_size=4),
        earlier=st.lists(EARLIER, max_size=1),
        holds=st.lists(
            st.tuples(st.integers(0, 9), lines, st.sampled_from(TIMES)), min_size=1, max_size=4
        ),
    )


ONE_PRODUCT = promising(st.fixed_dictionaries({0: st.integers(1, 3)}))
SEVERAL_PRODUCTS = promising(LINES)
RESERVED = st.builds(
    Scenario,
    kinds=st.just([ProductKind(20)] * 4),
    earlier=st.lists(EARLIER, min_size=2, max_size=3, unique_by=lambda each: each.order),
    holds=st.lists(
        st.tuples(st.integers(0, 3), LINES, st.sampled_from(TIMES)), min_size=2, max_size=4
    ),
)
"""Many orders have a reservation."""


@pytest.fixture(scope="module")
def store(stock_store: StockStore) -> StockStore:
    return stock_store


class Stocked:
    """A scenario in a store, with ids of its own."""

    def __init__(self, store: StockStore, scenario: Scenario) -> None:
        self._store = store
        self._run = uuid4().hex[:12]
        self.products = [
            replace(
                product(f"{self._run}-{number}", active=kind.active, currency=kind.currency),
                name=NAME,
            )
            for number, kind in enumerate(scenario.kinds)
        ]
        both = list(zip(self.products, scenario.kinds, strict=True))
        known = [each for each, kind in both if kind.units is not None]
        store.run(lambda stock: stock.save_products([replace(p, active=True) for p in known]))
        for each, kind in both:
            if kind.units:
                store.run(partial(_receive, of=each, units=kind.units))
        for earlier in scenario.earlier:
            self._reserve(earlier)
        store.run(lambda stock: stock.save_products(known))
        self.holds = [
            Hold(self.order(order), self._quantities(lines), expires_at)
            for order, lines, expires_at in scenario.holds
        ]

    def order(self, number: int) -> str:
        return f"{self._run}-order-{number}"

    def state(self) -> tuple[dict[str, StockItem], dict[str, Reservation]]:
        """Return the items and the reservations of the holds."""
        product_ids = {product_id for hold in self.holds for product_id in hold.quantities}
        order_ids = {hold.order_id for hold in self.holds}
        return self._store.run(lambda s: (s.items(product_ids), s.reservations(order_ids)))

    def _quantities(self, lines: Mapping[int, int]) -> dict[str, int]:
        return {self.products[number].product_id: units for number, units in lines.items()}

    def _reserve(self, earlier: Earlier) -> None:
        hold = Hold(self.order(earlier.order), self._quantities(earlier.lines), earlier.expires_at)
        [outcome] = plan(
            [hold], self._store.run(lambda stock: stock.items(hold.quantities)), {}
        ).outcomes
        if isinstance(outcome, StockRefusal):
            return
        self._store.run(lambda stock: stock.hold([outcome]))
        settled = replace(outcome, state=earlier.state)
        before = ReservationState.HELD
        if earlier.state is ReservationState.RETURNED:
            self._store.run(lambda stock: stock.settle(outcome.confirm()))
            before = ReservationState.CONFIRMED
        if not settled.is_held:
            self._store.run(lambda stock: stock.settle(settled, before))


def _receive(stock: StockTransaction, of: Product, units: int) -> None:
    stock.receive(uuid4().hex, of.product_id, units)


GENERATED = settings(max_examples=200, deadline=None)


@pytest.mark.parametrize(
    ("scenarios", "waits"),
    [(st.one_of(SCENARIOS, SEVERAL_PRODUCTS), st.booleans()), (ONE_PRODUCT, st.just(True))],
    ids=["any products", "one product"],
)
def test_an_attempt_holds_what_the_model_would_and_otherwise_changes_nothing(
    store: StockStore,
    scenarios: st.SearchStrategy[Scenario],
    waits: st.SearchStrategy[bool],
) -> None:
    seen: Counter[bool] = Counter()

    @GENERATED
    @given(scenario=scenarios, wait=waits)
    def holds_what_the_model_would(scenario: Scenario, wait: bool) -> None:  # noqa: FBT001 - hypothesis passes it
        seen[_try_hold(Stocked(store, scenario), store, wait=wait)] += 1

    holds_what_the_model_would()
    assert min(seen[True], seen[False]) >= 5, "the scenarios are one-sided"


def _try_hold(stocked: Stocked, store: StockStore, *, wait: bool) -> bool:
    """Compare an attempt with the model; return whether it held."""
    items, reservations = stocked.state()
    planned = plan(stocked.holds, items, reservations)

    attempt = store.try_hold(stocked.holds, wait=wait)

    if len(planned.new) == len(stocked.holds):
        assert attempt == Held(planned.new)
        held = {r.order_id: _by_product(r) for r in planned.new}
        assert stocked.state() == (_without(items, planned.new), held)
    else:
        assert attempt == NotHeld(items, reservations)
        assert stocked.state() == (items, reservations)
    return isinstance(attempt, Held)


def _by_product(reservation: Reservation) -> Reservation:
    lines = sorted(reservation.lines, key=lambda line: line.product_id)
    return replace(reservation, lines=tuple(lines))


def _without(
    items: Mapping[str, StockItem], reservations: Sequence[Reservation]
) -> dict[str, StockItem]:
    """Return the items with the units of the reservations held."""
    left = dict(items)
    for reservation in reservations:
        for product_id, units in reservation.quantities.items():
            left[product_id] = replace(left[product_id], held=left[product_id].held + units)
    return left


def test_an_attempt_settles_what_the_model_would_and_otherwise_changes_nothing(
    store: AuditedStore,
) -> None:
    seen: Counter[bool | None] = Counter()

    @GENERATED
    @given(
        scenario=RESERVED,
        final=st.sampled_from([ReservationState.CONFIRMED, ReservationState.RELEASED]),
        overdue_at=st.sampled_from([None, *TIMES, TIMES[1] + timedelta(microseconds=1)]),
    )
    def settles_what_the_model_would(
        scenario: Scenario, final: ReservationState, overdue_at: datetime | None
    ) -> None:
        stocked = Stocked(store, scenario)
        limit = overdue_at if final is ReservationState.RELEASED else None
        for hold in stocked.holds:
            _, before = stocked.state()
            expected = _settled(before.get(hold.order_id), final, limit)

            assert store.try_settle(hold.order_id, final, limit) == expected
            assert stocked.state()[1].get(hold.order_id) == expected.reservation
            seen[expected.settled if expected.reservation else None] += 1

    settles_what_the_model_would()
    assert full_audit(store) == []
    assert min(seen[True], seen[False], seen[None]) >= 5, "the scenarios are one-sided"


def _settled(
    reservation: Reservation | None, final: ReservationState, overdue_at: datetime | None
) -> SettleAttempt:
    """Return what the model's decision makes of an attempt."""
    if reservation is None or not reservation.is_held:
        return SettleAttempt(reservation, settled=False)
    try:
        settled = (
            reservation.confirm()
            if final is ReservationState.CONFIRMED
            else reservation.release(overdue_at)
        )
    except StockRefusal:
        return SettleAttempt(reservation, settled=False)
    return SettleAttempt(settled, settled=True)


def test_an_attempt_compares_ids_with_spaces_at_their_end(store: StockStore) -> None:
    stocked = Stocked(store, Scenario([ProductKind(5)] * 4, [], [(0, {0: 1}, NOON)]))
    [hold] = stocked.holds
    [product_id] = hold.quantities
    for quantities in ({f"{product_id} ": 1}, {f"{product_id} ": 1, product_id: 1}):
        attempt = store.try_hold([replace(hold, quantities=quantities)], wait=True)
        assert isinstance(attempt, NotHeld)
        assert f"{product_id} " not in attempt.items
    store.try_hold([hold], wait=True)
    attempted = store.try_settle(f"{hold.order_id} ", ReservationState.CONFIRMED)
    assert attempted == SettleAttempt(None, settled=False)


def test_a_hold_that_ends_at_the_limit_is_not_overdue(store: StockStore) -> None:
    earlier = Earlier(0, {0: 1}, NOON, ReservationState.HELD)
    stocked = Stocked(store, Scenario([ProductKind(5)] * 4, [earlier], [(0, {0: 1}, NOON)]))
    [hold] = stocked.holds
    later = NOON + timedelta(microseconds=1)
    for limit, settles in ((NOON, False), (later, True)):
        attempt = store.try_settle(hold.order_id, ReservationState.RELEASED, limit)
        assert attempt.settled is settles


def test_an_attempt_leaves_two_holds_of_one_order_to_the_model(store: StockStore) -> None:
    holds = [(0, {0: 1}, NOON), (0, {1: 1}, NOON)]
    stocked = Stocked(store, Scenario([ProductKind(5)] * 4, [], holds))
    assert not _try_hold(stocked, store, wait=True)
