"""The list of Stripe's events.

The list has each event in the account's default API version, a webhook in that of its endpoint. The
fields that gorder reads are the same in both: ids, metadata, and the amount of a page.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

import stripe

from gorder.payment.adapters.stripe_gateway import translated
from gorder.payment.adapters.stripe_webhook import ABOUT_MONEY, UNDERSTOOD, translate
from gorder.payment.model import ListedEvent
from gorder.payment.ports import StripeFact

if TYPE_CHECKING:
    from stripe.params import EventListParams

_PAGE: Final = 100  # the most that Stripe allows


class StripeEventList:
    """`StripeEvents` on Stripe."""

    def __init__(self, client: stripe.StripeClient, stack: str) -> None:
        """Initialize without a request. `stack` is the mark of this deployment in metadata."""
        self._events = client.v1.events
        self._stack = stack

    def undelivered(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        return self._list(UNDERSTOOD, after, until, delivery_success=False)

    def about_money(self, after: datetime, until: datetime) -> Iterator[ListedEvent]:
        return self._list(ABOUT_MONEY, after, until)

    def translate(self, listed: ListedEvent, trace_id: str) -> StripeFact | None:
        return translate(listed.body, self._stack, trace_id)

    def _list(
        self, types: Collection[str], after: datetime, until: datetime, **filters: bool
    ) -> Iterator[ListedEvent]:
        created = {"gt": int(after.timestamp()), "lte": int(until.timestamp())}
        params = {"types": sorted(types), "created": created, "limit": _PAGE, **filters}
        with translated():
            for event in self._events.list(cast("EventListParams", params)).auto_paging_iter():
                yield ListedEvent(
                    event_id=event.id,
                    type=event.type,
                    is_delivered=event.pending_webhooks == 0,
                    body=event.to_dict(),
                )
