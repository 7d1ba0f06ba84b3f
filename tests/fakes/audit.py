"""What an audit reads, in memory. `tests/contract` compares these with the real adapters."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from gorder.contracts.audit import (
    AuditedLine,
    AuditedPayment,
    AuditedReservation,
    Checkpoint,
    Finding,
    OrderPage,
    StatedPayment,
)
from gorder.order.audited import audited, audited_payment
from gorder.order.contradictions import contradictions
from gorder.order.model import Order
from gorder.payment.model import PagePayment
from tests.fakes.gateway import MemoryGateway
from tests.fakes.orders import MemoryOrders
from tests.fakes.stock import MemoryStockStore

_STEP = timedelta(milliseconds=1)


class MemoryOrderBook:
    """An `OrderBook`. Documents have no seals here."""

    def __init__(self, orders: MemoryOrders) -> None:
        self._orders = orders
        self.kept = Checkpoint()

    def page(self, after: str, limit: int) -> OrderPage:
        ids = sorted(key for key in self._orders.stored if key > after)[:limit]
        return self._page(ids, ids[-1] if len(ids) == limit else None)

    def changed(self, since: datetime, limit: int) -> tuple[OrderPage, datetime | None]:
        times = sorted((_changed_at(o), key) for key, o in self._orders.stored.items())
        found = [(at, key) for at, key in times if at >= since][:limit]
        page = self._page([key for _, key in found], None)
        if len(found) < limit:
            return page, None
        return page, found[-1][0] if found[-1][0] > since else since + _STEP

    def named(self, order_ids: Iterable[str]) -> OrderPage:
        return self._page([key for key in order_ids if key in self._orders.stored], None)

    def missing(self, order_ids: Collection[str]) -> set[str]:
        return set(order_ids) - self._orders.stored.keys()

    def unmatched(self, payments: Collection[str]) -> dict[str, AuditedPayment | None]:
        kept, unreadable = self._orders.unmatched, self._orders.unreadable_payments
        return {
            key: None if key in unreadable else audited_payment(kept[key][1])
            for key in payments
            if key in kept
        }

    def late(self, before: datetime) -> list[Finding]:
        lists = (self._orders.overdue, self._orders.unfinished, self._orders.undelivered)
        names = [f"order {key}" for found in lists for key in found(before, 100)]
        return [Finding("order_late", name, "late") for name in names]

    def checkpoint(self) -> Checkpoint:
        return self.kept

    def keep_checkpoint(self, reached: Checkpoint) -> None:
        self.kept = reached

    def _page(self, ids: list[str], following: str | None) -> OrderPage:
        unreadable = self._orders.unreadable
        orders = [self._orders.stored[key] for key in ids if key not in unreadable]
        findings = [
            Finding("order_unreadable", f"order {key}", "unreadable")
            for key in ids
            if key in unreadable
        ]
        findings += (
            Finding("order_contradicts_itself", f"order {order.order_id}", text)
            for order in orders
            for text in contradictions(order)
        )
        return OrderPage(
            tuple(audited(order, None) for order in orders), tuple(findings), len(ids), following
        )


def _changed_at(order: Order) -> datetime:
    return audited(order, None).changed_at


class MemoryReservationBook:
    """A `ReservationBook`."""

    def __init__(self, stock: MemoryStockStore) -> None:
        self._stock = stock

    def order_ids(self, after: str, limit: int) -> list[str]:
        return sorted(key for key in self._stock.kept.reserved if key > after)[:limit]

    def reservations(self, order_ids: Collection[str]) -> dict[str, AuditedReservation]:
        kept = self._stock.kept
        return {
            key: AuditedReservation(
                order_id=key,
                state=kept.reserved[key].state.value,
                lines=frozenset(
                    AuditedLine(
                        product_id=line.product_id,
                        name=line.name,
                        quantity=line.quantity,
                        unit_amount=line.price.unit_amount,
                        currency=line.price.currency,
                        price_id=line.price.price_id,
                    )
                    for line in kept.reserved[key].lines
                ),
                changed_at=(kept.moved[key] or kept.archived[key])[-1].occurred_at,
            )
            for key in order_ids
            if key in kept.reserved
        }


class MemoryPaymentLedger:
    """A `PaymentLedger` on the pages of a gateway. The last payment was made at `created_at`.

    Each one before was made a second earlier.
    """

    def __init__(self, gateway: MemoryGateway, created_at: datetime) -> None:
        self.gateway = gateway
        self.created_at = created_at
        self.asked: list[str] = []

    def payments(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        yield from (each for each in self._all() if after < each.created_at <= until)

    def refunded(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        yield from (
            self._stated(payment)
            for payment in self._paid()
            if any(after < refund.at <= until for refund in payment.refunds)
        )

    def disputed(self, after: datetime, until: datetime) -> Iterator[StatedPayment]:
        disputed = (payment for payment in self._paid() if payment.dispute)
        yield from (self._stated(each) for each in disputed if after < self.created_at <= until)

    def payment(self, payment_intent_id: str) -> StatedPayment | None:
        self.asked.append(payment_intent_id)
        found = (each for each in self._all() if each.payment.payment == payment_intent_id)
        return next(found, None)

    def _all(self) -> Iterator[StatedPayment]:
        return map(self._stated, reversed(self._paid()))

    def _paid(self) -> list[PagePayment]:
        ended = [report.payment for report in self.gateway.ended.values()]
        return [payment for payment in ended if payment and payment.payment_intent_id]

    def _stated(self, payment: PagePayment) -> StatedPayment:
        later = len(self._paid()) - 1 - self._paid().index(payment)
        created_at = self.created_at - timedelta(seconds=later)
        refunds = [each for each in payment.refunds if each.status not in {"failed", "canceled"}]
        return StatedPayment(
            order_id=payment.order_id,
            payment=AuditedPayment(
                payment=payment.payment_intent_id or "",
                amount=payment.amount,
                currency=payment.currency,
                refunds=frozenset((each.refund_id, each.amount) for each in refunds),
                dispute=payment.dispute,
                lost=payment.lost,
            ),
            created_at=created_at,
            changed_at=max([created_at, *(each.at for each in payment.refunds)]),
            is_marked=payment.is_marked,
        )
