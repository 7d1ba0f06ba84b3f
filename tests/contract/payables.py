"""What the contract tests of the payment service ask a page for."""

from datetime import timedelta
from uuid import uuid4

from gorder.payment.model import Payable, PayableLine
from gorder.runtime.clock import utc_now


def new_payable(units: dict[str, int], amount_total: int) -> Payable:
    """Return a payable for a new order. `units` are by price id."""
    return Payable(
        order_id=uuid4().hex,
        trace_id="trace-1",
        lines=tuple(PayableLine(price_id, number) for price_id, number in units.items()),
        amount_total=amount_total,
        currency="eur",
        attempt=1,
        expires_at=utc_now() + timedelta(minutes=31),
        awaits_checkout=True,
    )
