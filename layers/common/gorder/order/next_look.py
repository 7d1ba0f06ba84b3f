"""When a client should look at an order again."""

from datetime import datetime
from typing import Final

from gorder.order.status import AnyStatus, Status

FIRST_LOOK_SECONDS: Final = 1
_SHORTEST_SECONDS: Final = 2
_LONGEST_SECONDS: Final = 15
_FINAL: Final = {Status.COOKED, Status.CANCELLED, Status.EXPIRED, Status.REFUNDED}


def seconds_to_next_look(status: AnyStatus, changed_at: datetime, now: datetime) -> int | None:
    """Return after how many seconds a further look is worth while, or None if the order is final.

    A pending order gets its payment page within seconds. After that the wait is a tenth of the time
    since the last change, from 2 to 15 seconds: a change is seen soon, and a customer who takes
    long costs few requests. Only people change a final order, with a refund.
    """
    if status in _FINAL:
        return None
    if status is Status.PENDING:
        return FIRST_LOOK_SECONDS
    tenth = int((now - changed_at).total_seconds()) // 10
    return max(_SHORTEST_SECONDS, min(tenth, _LONGEST_SECONDS))
