"""Customers, Stripe and the sweep in any sequence, with a fault in any call: nothing is lost."""

from contextlib import suppress

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gorder.contracts.bus import EventBusUnavailableError
from gorder.order.access_token import Scope
from gorder.order.commands.cancel_order import CancelOrder
from gorder.order.commands.close_order import CloseOrder, CloseOutcome
from gorder.order.commands.create_order import CreateOrder
from gorder.order.commands.mark_cooked import MarkCooked
from gorder.order.commands.reconcile_payment import ReconcilePayment
from gorder.order.commands.refund_order import RefundOrder
from gorder.order.commands.retry_refund import RetryRefund
from gorder.order.contradictions import contradictions
from gorder.order.errors import (
    OrderAlreadyPaid,
    OrderClosed,
    OrderNotRefundable,
    PaymentNotConfirmedError,
    PaymentUnderWay,
    RefundedMeanwhile,
    RefundTooLarge,
    RefundUnderWay,
)
from gorder.order.idempotency import IdempotencyKeyExpired, IdempotencyKeyReused
from gorder.order.model import Order
from gorder.order.payments import GORDER
from gorder.order.status import Status
from gorder.order.stock_errors import InsufficientStock, StockUnavailableError
from gorder.order.store_errors import OrderStoreUnavailableError
from gorder.payment.model import CheckoutRefusedError, PagePayment
from gorder.payment.ports import PaymentGatewayUnavailableError
from tests.fakes.examples import ADDRESS, wanted
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
QUEUES = ("links", "payments", "refunds", "kitchen")


class ServicesStateMachine(RuleBasedStateMachine):
    """Ten soups, three keys, and messages that stay in their queue until they are handled."""

    @initialize()
    def start(self) -> None:
        self.services = OrderAndPayment()
        self.paid: dict[str, PagePayment] = {}
        self.answered: dict[str, str] = {}
        self.unreported: list[PagePayment] = []
        self.numbers: dict[str, int] = {}
        self.taken = 0

    @rule(after=st.integers(0, 8), mishap=st.sampled_from(Mishap))
    def a_call_will_fail(self, after: int, mishap: Mishap) -> None:
        faults = self.services.faults
        faults.on_call_number(len(faults.calls) + after, mishap)

    @rule(minutes=st.sampled_from([1, 5, 35]))
    def time_passes(self, minutes: int) -> None:
        self.services.clock.advance(minutes=minutes)

    @rule(key=st.sampled_from(["a", "b", "c"]), units=st.sampled_from([1, 1, 4]))
    def a_customer_orders(self, key: str, units: int) -> None:
        lines = wanted(("soup", units, "hot") if units > 1 else ("soup", units))
        command = CreateOrder("ann", lines, "trace", ADDRESS, idempotency_key(key))
        with suppress(*MISHAPS, IdempotencyKeyReused, IdempotencyKeyExpired, InsufficientStock):
            order_id = self.services.create(command).order.order_id
            assert self.answered.setdefault(key, order_id) == order_id, "a key is one order"

    @rule(keyed=st.booleans(), reachable=st.booleans())
    def a_customer_orders_in_an_outage(self, *, keyed: bool, reachable: bool) -> None:
        """Order with the key of others, or without one, while the order store may be down."""
        key = idempotency_key("a") if keyed else None
        self.services.orders.reachable = reachable
        with suppress(*MISHAPS, IdempotencyKeyReused, IdempotencyKeyExpired, InsufficientStock):
            lines = wanted(("soup", 1))
            placed = self.services.create(CreateOrder("ann", lines, "trace", ADDRESS, key))
            if keyed:
                self.answered.setdefault("a", placed.order.order_id)
        self.services.orders.reachable = True

    @rule(amount=st.sampled_from([None, 701, 700, 700]))
    def the_shop_changes_the_price(self, amount: int | None) -> None:
        """Archive the price of orders that have no page yet, change its amount, or restore it."""
        self.services.prices.clear()
        if amount is not None:
            self.services.prices["price_700"] = amount

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
        with suppress(*MISHAPS, PaymentNotConfirmedError):
            self.services.receive_payment(forged)

    @rule(pick=PICK, amount=st.sampled_from([1, 700, 2800]))
    def the_shop_refunds(self, pick: int, amount: int) -> None:
        """Refund a payment in Stripe's dashboard; some refunds are reported."""
        if payment := self._a_payment(pick):
            left = payment.amount - _refunded(payment)
            if left and payment.dispute is None:
                self.services.gateway.give_back(payment.session_id, min(amount, left))

    @rule(pick=PICK)
    def the_shop_closes_an_order(self, pick: int) -> None:
        if not self._orders():
            return
        order_id = self._orders()[pick % len(self._orders())].order_id
        with suppress(*MISHAPS, OrderNotRefundable):
            order, outcome = self.services.close(CloseOrder(order_id, "no gas", "bob"))
            assert order.has_ended or outcome is CloseOutcome.PAYMENT_FOUND

    @rule(
        pick=PICK,
        amount=st.sampled_from([None, 1, 700]),
        before=st.sampled_from([None, 0, 1, 700]),
    )
    def the_shop_refunds_an_order(self, pick: int, amount: int | None, before: int | None) -> None:
        if not self._orders():
            return
        order_id = self._orders()[pick % len(self._orders())].order_id
        before = 0 if amount is not None and before is None else before
        command = RefundOrder(order_id, "cold", "bob", amount, before)
        refused = (OrderNotRefundable, RefundedMeanwhile, RefundTooLarge, RefundUnderWay)
        with suppress(*MISHAPS, *refused):
            first = self.services.refund_order(command)
            again = self.services.refund_order(command)
            assert again.payment.refunded == first.payment.refunded

    @rule(pick=PICK)
    def a_refund_by_gorder_fails(self, pick: int) -> None:
        payment = self._a_payment(pick)
        if payment and payment.refunds and payment.refunds[-1].by == GORDER:
            self.services.gateway.fail_refund(payment.session_id)

    @rule(pick=PICK)
    def the_shop_retries_a_refund(self, pick: int) -> None:
        if self._orders():
            self._retry(self._orders()[pick % len(self._orders())].order_id)

    @rule(pick=PICK, amount=st.sampled_from([1, 700, 2800]))
    def a_customer_pays_on_another_page(self, pick: int, amount: int) -> None:
        """Pay on a page that the order lost, or of another amount than the order's."""
        if not self._orders():
            return
        order_id = self._orders()[pick % len(self._orders())].order_id
        number = len(self.paid)
        payment = PagePayment(
            order_id, "trace", f"cs_more{number}", f"pi_more{number}", amount, "eur", is_marked=True
        )
        self.services.gateway.add_payment(payment)
        self.paid[payment.session_id] = payment
        self.unreported.append(payment)

    @rule(pick=PICK, state=st.sampled_from(["inquiry", "open", "won", "lost"]))
    def a_customer_disputes(self, pick: int, state: str) -> None:
        payment = self._a_payment(pick)
        if payment and not payment.refunds and payment.dispute not in {"won", "lost"}:
            self.services.gateway.dispute(payment.session_id, state)

    @rule(pick=PICK)
    def stripe_reports_a_change(self, pick: int) -> None:
        if payment := self._a_payment(pick):
            self._look(payment)

    @rule(pick=PICK)
    def the_food_is_cooked(self, pick: int) -> None:
        cooking = [o for o in self._orders() if o.status is Status.COOKING]
        if cooking:
            with suppress(*MISHAPS):
                order_id = cooking[pick % len(cooking)].order_id
                self.services.mark_cooked(MarkCooked(order_id))

    @rule(pick=PICK, units=st.integers(0, 4))
    def units_disappear(self, pick: int, units: int) -> None:
        """Release the hold of an open order by hand, and sell its units to others."""
        held = sorted(self.services.stock.held)
        if held:
            with suppress(*MISHAPS):
                self.services.stock.release(held[pick % len(held)], "trace")
            taken = min(units, self.services.stock.available["soup"])
            self.services.stock.available["soup"] -= taken
            self.taken += taken

    @rule(queue=st.sampled_from(QUEUES))
    def a_message_is_handled(self, queue: str) -> None:
        with suppress(*MISHAPS, CheckoutRefusedError):
            self.services.handle_next(queue)

    @rule(queue=st.sampled_from(["refunds", "kitchen"]))
    def a_queue_is_purged(self, queue: str) -> None:
        """Lose all messages of a queue; the sweep finds orders that do not go on."""
        self.services.bus.queues[queue].clear()

    @rule(task=st.integers(0, 3))
    def the_sweep_runs(self, task: int) -> None:
        with suppress(*MISHAPS):
            self.services.sweep(task)

    @invariant()
    def no_order_contradicts_itself(self) -> None:
        if hasattr(self, "services"):
            for order in self._orders():
                assert list(contradictions(order)) == []

    @invariant()
    def an_order_gets_one_number_when_it_is_paid_and_keeps_it(self) -> None:
        if not hasattr(self, "services"):
            return
        for order in self._orders():
            was_paid = any(change.status is Status.PAID for change in order.history)
            assert (order.number is not None) == was_paid
            if order.number is not None:
                assert self.numbers.setdefault(order.order_id, order.number) == order.number
        assert len(set(self.numbers.values())) == len(self.numbers)

    def teardown(self) -> None:
        """Without further faults, check that each order is paid or closed and the stock exact."""
        if not hasattr(self, "services"):
            return
        self.services.faults.clear()
        for _ in range(LAST_TICKS):
            self._drain()
            self.services.clock.advance(minutes=75)
            for task in range(4):
                self.services.sweep(task)
            for payment in self.paid.values():
                self._look(payment)
            for order in self._orders():
                self._retry(order.order_id)
        self._drain()

        self._check_orders()
        self._check_stock()

    def _drain(self) -> None:
        for queue in QUEUES:
            while self.services.bus.queues[queue]:
                with suppress(CheckoutRefusedError):
                    self.services.handle_next(queue)

    def _check_orders(self) -> None:
        for order in self._orders():
            stated = [p for p in self._stated() if p.order_id == order.order_id]
            kept = [p for p in stated if self._kept(p)]
            assert order.outbox == ()
            assert {p.key for p in order.payments} == {p.payment_intent_id for p in stated}
            if order.status in {Status.PAID, Status.COOKING, Status.COOKED}:
                sure = [p for p in kept if not self._is_contested(p)]
                assert len(sure) <= 1, "a customer has paid twice"
                assert any(p.amount == order.amount_total for p in sure or kept)
                assert order.status is not Status.PAID or order.is_disputed
            else:
                assert order.is_closed or order.status is Status.REFUNDED
                assert all(self._is_contested(p) for p in kept), "money without food"

    def _check_stock(self) -> None:
        stock = self.services.stock
        kept = {Status.PAID, Status.COOKING, Status.COOKED}
        sold = {o.order_id for o in self._orders() if o.status in kept}
        wasted = {o.order_id for o in self._orders() if o.status not in kept and o.was_cooked}
        gone = (*stock.sold.values(), *stock.wasted.values())
        units = sum(line.quantity for lines in gone for line in lines)
        assert stock.held == {}
        assert stock.sold.keys() == sold
        assert stock.wasted.keys() == wasted
        assert stock.available["soup"] == SOUPS - units - self.taken

    def _look(self, payment: PagePayment) -> None:
        with suppress(*MISHAPS):
            intent_id = payment.payment_intent_id
            self.services.reconcile(ReconcilePayment(None, payment_intent_id=intent_id))

    def _retry(self, order_id: str) -> None:
        with suppress(*MISHAPS):
            self.services.retry_refund(RetryRefund(order_id, "bob"))

    def _stated(self) -> list[PagePayment]:
        """Return all payments as Stripe states them."""
        return [report.payment for report in self.services.gateway.ended.values() if report.payment]

    def _kept(self, payment: PagePayment) -> bool:
        """Whether the shop has any of it."""
        return payment.dispute != "lost" and _refunded(payment) < payment.amount

    def _is_contested(self, payment: PagePayment) -> bool:
        """Whether Stripe refuses to refund it, because its dispute is undecided."""
        return payment.dispute == "open"

    def _a_payment(self, pick: int) -> PagePayment | None:
        ended = self.services.gateway.ended
        payments = [ended[session_id].payment for session_id in sorted(self.paid)]
        return payments[pick % len(payments)] if payments else None

    def _orders(self) -> list[Order]:
        return list(self.services.orders.stored.values())


def _refunded(payment: PagePayment) -> int:
    return sum(refund.amount for refund in payment.refunds if refund.status != "failed")


ServicesStateMachine.TestCase.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None
)
TestServices = ServicesStateMachine.TestCase
