"""Customers, Stripe and the sweep in any sequence, with a fault in any call: nothing is lost."""

from contextlib import suppress

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.access_token import Scope
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.commands.create_order import CreateOrder
from gorder.order.errors import (
    IllegalTransitionError,
    OrderAlreadyPaid,
    OrderClosed,
    PaymentNotConfirmedError,
    PaymentUnderWay,
)
from gorder.order.idempotency import IdempotencyKeyExpired, IdempotencyKeyReused
from gorder.order.model import Order
from gorder.order.ports import (
    InsufficientStock,
    OrderStoreUnavailableError,
    StockUnavailableError,
)
from gorder.order.status import Status
from gorder.payment.model import PagePayment
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.faults import Died, Mishap
from tests.fakes.keys import TOKENS, idempotency_key
from tests.unit.order.order_and_payment import OrderAndPayment

MISHAPS = (
    Died,
    EventBusUnavailableError,
    OrderStoreUnavailableError,
    PaymentGatewayUnavailableError,
    StockUnavailableError,
)
TOO_LATE = (OrderAlreadyPaid, OrderClosed, PaymentUnderWay)
SOUPS = 10
PICK = st.integers(0, 20)
LAST_TICKS = 4


class ServicesStateMachine(RuleBasedStateMachine):
    """Ten soups, three keys, and messages that stay in their queue until they are handled."""

    @initialize()
    def start(self) -> None:
        self.services = OrderAndPayment()
        self.paid: dict[str, PagePayment] = {}
        self.answered: dict[str, str] = {}
        self.unreported: list[PagePayment] = []

    @rule(after=st.integers(0, 8), mishap=st.sampled_from(Mishap))
    def a_call_will_fail(self, after: int, mishap: Mishap) -> None:
        faults = self.services.faults
        faults.on_call_number(len(faults.calls) + after, mishap)

    @rule(minutes=st.sampled_from([1, 5, 35]))
    def time_passes(self, minutes: int) -> None:
        self.services.clock.advance(minutes=minutes)

    @rule(key=st.sampled_from(["a", "b", "c"]), units=st.sampled_from([1, 1, 4]))
    def a_customer_orders(self, key: str, units: int) -> None:
        wanted = CreateOrder("ann", (("soup", units),), "trace", idempotency_key(key))
        with suppress(*MISHAPS, IdempotencyKeyReused, IdempotencyKeyExpired, InsufficientStock):
            order_id = self.services.create(wanted).order.order_id
            assert self.answered.setdefault(key, order_id) == order_id, "a key is one order"

    @rule(pick=PICK)
    def a_customer_pays(self, pick: int) -> None:
        shown = [o for o in self._orders() if o.checkout.url]
        if not shown:
            return
        session_id = shown[pick % len(shown)].checkout.session_id
        assert session_id
        payment = None if session_id in self.paid else self.services.gateway.pay(session_id)
        if payment:
            self.paid[session_id] = payment
            self.unreported.append(payment)

    @rule(pick=PICK)
    def a_customer_cancels(self, pick: int) -> None:
        if not self._orders():
            return
        order_id = self._orders()[pick % len(self._orders())].order_id
        token = TOKENS.issue(Scope, "ann", order_id, self.services.clock())
        with suppress(*MISHAPS, *TOO_LATE):
            self.services.cancel(CancelOrder("ann", order_id, token))

    @rule(pick=PICK, again=st.booleans())
    def stripe_reports_a_payment(self, pick: int, *, again: bool) -> None:
        """Report a payment; some are reported twice or never, and in any sequence."""
        if self.unreported:
            payment = self.unreported[pick % len(self.unreported)]
            self.services.report_payment(payment)
            if not again:
                self.unreported.remove(payment)

    @rule(pick=PICK)
    def a_payment_is_forged(self, pick: int) -> None:
        """Report a payment on a page that may be open: the customer knows all that it names."""
        shown = [o for o in self._orders() if o.checkout.session_id]
        if not shown:
            return
        order = shown[pick % len(shown)]
        session_id = order.checkout.session_id
        assert session_id
        intent_id = session_id.replace("cs_", "pi_")
        forged = PagePayment(
            order.order_id, "trace", session_id, intent_id, order.amount_total, order.currency
        )
        with suppress(*MISHAPS, IllegalTransitionError, PaymentNotConfirmedError):
            self.services.receive_payment(forged)

    @rule(queue=st.sampled_from(["links", "payments"]))
    def a_message_is_handled(self, queue: str) -> None:
        with suppress(*MISHAPS):
            self.services.handle_next(queue)

    @rule(task=st.integers(0, 2))
    def the_sweep_runs(self, task: int) -> None:
        with suppress(*MISHAPS):
            self.services.sweep(task)

    def teardown(self) -> None:
        """Without further faults, check that each order is paid or closed and the stock exact."""
        if not hasattr(self, "services"):
            return
        self.services.faults.clear()
        for _ in range(LAST_TICKS):
            self._drain()
            self.services.clock.advance(minutes=75)
            for task in range(3):
                self.services.sweep(task)
        self._drain()

        self._check_orders()
        self._check_stock()

    def _drain(self) -> None:
        for queue in ("links", "payments"):
            while self.services.bus.queues[queue]:
                self.services.handle_next(queue)

    def _check_orders(self) -> None:
        paid = {payment.order_id for payment in self.paid.values()}
        for order in self._orders():
            assert order.outbox == ()
            assert (order.status is Status.PAID) == (order.order_id in paid)
            assert order.status is Status.PAID or order.is_closed

    def _check_stock(self) -> None:
        stock = self.services.stock
        sold = {o.order_id for o in self._orders() if o.status is Status.PAID}
        units = sum(line.quantity for lines in stock.sold.values() for line in lines)
        assert stock.held == {}
        assert stock.sold.keys() == sold
        assert stock.available["soup"] == SOUPS - units

    def _orders(self) -> list[Order]:
        return list(self.services.orders.stored.values())


ServicesStateMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None
)
TestServices = ServicesStateMachine.TestCase
