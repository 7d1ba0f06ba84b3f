"""An order in each status."""

from dataclasses import replace
from datetime import timedelta

from gorder.order.changes import OutboxEvent, PaymentEvents
from gorder.order.lines import LineNote, OrderLimits, OrderLine, WantedLine
from gorder.order.model import Order
from gorder.order.payments import Payment, Refund
from gorder.order.reconciliation import receive
from gorder.payment.model import PageOptions
from tests.fakes.clock import NOON
from tests.fakes.keys import TOKENS
from tests.fakes.stock_client import PRICES

ORDER_ID = "0123456789abcdef"
CUSTOMER_ID = "ann"
TRACE_ID = "1-6926f5c0-0123456789abcdef01234567"
SESSION_ID = "cs_1"
STACK = "gorder-test"
PAGE_URL = "https://pay.example/cs_1"
ADDRESS = ("192.0.2.1",)
ORDER_LIMITS = OrderLimits(units_per_line=20, units_per_order=50)
PAGE_OPTIONS = PageOptions("https://shop.example/thanks")
TIME_TO_PAY = timedelta(minutes=31)
CREATED = OutboxEvent("created", "order.created", NOON)
PAID = OutboxEvent("paid", "order.paid", NOON + timedelta(minutes=2))
EXPIRED = OutboxEvent("expired", "order.expired", NOON + timedelta(minutes=2))
REFUND_DUE = OutboxEvent("refund_due", "order.refund_due", NOON + timedelta(minutes=2))
REFUNDED = OutboxEvent("refunded", "order.refunded", NOON + timedelta(minutes=5))
EVENTS = PaymentEvents(PAID, REFUND_DUE, REFUNDED, EXPIRED)
COOKED = OutboxEvent("cooked", "order.cooked", NOON + timedelta(minutes=3))


def line(product_id: str = "soup", quantity: int = 2) -> OrderLine:
    """Return a line at the catalogue's price."""
    price_id = f"price_{PRICES[product_id]}"
    return OrderLine(product_id, product_id.title(), quantity, PRICES[product_id], price_id)


def with_number(order: Order) -> Order:
    """Return the order with its number."""
    return replace(order, number=142)


def with_notes(order: Order) -> Order:
    """Return the order with notes on its first line: on one unit, and on the others."""
    first, *others = order.lines
    notes = (
        LineNote(1, "no onions"),
        LineNote(first.quantity - 1, "extra hot, s\u2019il vous pla\u00eet"),
    )
    return replace(order, lines=(replace(first, notes=notes), *others))


def wanted(*lines: tuple[str, int] | tuple[str, int, str]) -> tuple[WantedLine, ...]:
    """Return lines of product id, units, and perhaps a note."""
    return tuple(WantedLine(*line) for line in lines)


def pending(order_id: str = ORDER_ID) -> Order:
    """Return a new order of two soups and a bread, 16.50 euro."""
    return Order.place(
        order_id=order_id,
        customer_id=CUSTOMER_ID,
        trace_id=TRACE_ID,
        lines=(line("soup", 2), line("bread", 1)),
        currency="eur",
        pay_until=NOON + TIME_TO_PAY,
        created=CREATED,
        token_key_id=TOKENS.key_id,
    )


def waiting() -> Order:
    """Return the order with its payment page."""
    order = pending().await_payment(SESSION_ID, PAGE_URL, NOON + timedelta(minutes=1))
    return order.delivered([CREATED.event_id])


def payment(
    amount: int = 1650, currency: str = "eur", session_id: str = SESSION_ID, intent: str = "pi_1"
) -> Payment:
    """Return the payment of the order, or one with the given differences."""
    return Payment(session_id, intent, amount, currency)


def paid() -> Order:
    """Return the paid order, its event delivered."""
    order = receive(waiting(), payment(), EVENTS, has_units=True)
    return order.delivered([PAID.event_id])


def cooking() -> Order:
    """Return the order that the kitchen has begun to cook."""
    return paid().begin_cooking(NOON + timedelta(minutes=2))


def cooked() -> Order:
    """Return the cooked order, its event delivered."""
    return cooking().cook(COOKED).delivered([COOKED.event_id])


def refund(
    amount: int = 1650, status: str = "succeeded", number: int = 1, by: str = "stripe"
) -> Refund:
    """Return a refund that the shop made in Stripe's dashboard, or that gorder made."""
    at = NOON + timedelta(minutes=4)
    return Refund(f"re_{number}", amount, status, "requested_by_customer", by, at)


def refunded() -> Order:
    """Return the paid order after a refund in full, its event delivered."""
    returned = replace(payment(), refunds=(refund(),))
    order = receive(paid(), returned, EVENTS, has_units=False)
    return order.delivered([REFUNDED.event_id])
