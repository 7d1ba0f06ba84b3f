"""What an audit finds, and the facts of orders, units and payments that it compares.

Amounts are in minor units.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction.

    Attributes:
        kind: a constant name, such as `units_differ`.
        subject: what is wrong: `product prod_ramen`, `order c1023b0a…`, `payment pi_…`.
        text: what is stored, and what was expected. It has no data of the customer.
    """

    kind: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class AuditedLine:
    """Units of a product at the price of the time when the order was placed."""

    product_id: str
    name: str
    quantity: int
    unit_amount: int
    currency: str
    price_id: str


@dataclass(frozen=True, slots=True)
class AuditedReservation:
    """The units of an order. `state` may be one of a later release."""

    order_id: str
    state: str
    lines: frozenset[AuditedLine]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AuditedPayment:
    """A payment, as an order records it or as Stripe states it.

    Attributes:
        payment: Stripe's id of the payment intent.
        refunds: the amounts by id, without refunds that have failed.
        dispute: `inquiry`, `open`, `won` or `lost`; None without a dispute.
        lost: the amount of lost disputes.
    """

    payment: str
    amount: int
    currency: str
    refunds: frozenset[tuple[str, int]]
    dispute: str | None
    lost: int


@dataclass(frozen=True, slots=True)
class StatedPayment:
    """A payment that Stripe has taken, and the order in its metadata, if there is one.

    `changed_at` is when the last of it was made: the payment, a refund or a dispute. `is_marked`:
    it has the mark of this deployment, which payments of release 0.1 lack.
    """

    order_id: str | None
    payment: AuditedPayment
    created_at: datetime
    changed_at: datetime
    is_marked: bool


@dataclass(frozen=True, slots=True)
class AuditedOrder:
    """An order as it is stored.

    Attributes:
        changed_at: when it was changed last.
        states: those that its reservation may have; empty if that is not known, as while the order
            has an event to publish.
        payments: those that have a payment intent.
    """

    order_id: str
    status: str
    changed_at: datetime
    states: frozenset[str]
    lines: frozenset[AuditedLine]
    payments: tuple[AuditedPayment, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders, and what their documents alone contradict. `count` includes unreadable ones.

    `next` is where the next page begins; None after the last one.
    """

    orders: tuple[AuditedOrder, ...]
    findings: tuple[Finding, ...]
    count: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the hourly audit has come.

    Attributes:
        since: what was changed before this time was looked at; None before the first run.
        order_id: orders after this id are the next to be looked at, whenever they were changed.
        reserved_id: reservations after this order id are the next to be looked at.
        subjects: those of the last findings, which are looked at in every run.
    """

    since: datetime | None = None
    order_id: str = ""
    reserved_id: str = ""
    subjects: tuple[str, ...] = ()
