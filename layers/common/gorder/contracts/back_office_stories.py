"""The story of an order, as the back office shows it. Amounts are in minor units."""

from pydantic import AwareDatetime

from gorder.contracts.base import Contract


class StoryLineNoteBody(Contract):
    """What the customer has noted on these units of a line."""

    quantity: int
    text: str


class StoryLineBody(Contract):
    """What was ordered, at the price of the time when the order was placed."""

    product_id: str
    name: str
    quantity: int
    unit_amount: int
    amount: int
    price_id: str
    notes: tuple[StoryLineNoteBody, ...] = ()


class StoryStatusBody(Contract):
    """A status, and when the order reached it."""

    status: str
    at: AwareDatetime


class StoryCheckoutBody(Contract):
    """The attempt to make a payment page, its expiry, and Stripe's page once it is made."""

    attempt: int
    expires_at: AwareDatetime
    page: str | None
    refusal: str | None


class StoryRefundBody(Contract):
    """A refund. `status` is Stripe's; `by` is `gorder` or `stripe` (its dashboard)."""

    refund_id: str
    amount: int
    status: str
    reason: str
    by: str
    at: AwareDatetime


class StoryPaymentBody(Contract):
    """A payment as Stripe stated it last.

    `amount` is the price of the lines less `discount`, plus `added`, which is tax. `tax` is all tax
    in it. `pays` says whether it pays for the order; otherwise `refund_reason` says why it is
    refunded.
    """

    payment: str
    page: str
    amount: int
    discount: int
    tax: int
    added: int
    currency: str
    pays: bool
    refund_reason: str | None
    refund_due: int
    dispute: str | None
    lost: int
    refunds: tuple[StoryRefundBody, ...]


class StoryNoteBody(Contract):
    """A command of staff: who gave it, when, and why.

    A refund has its amount, and what was refunded before it, in minor units.
    """

    command: str
    by: str
    text: str
    at: AwareDatetime
    amount: int | None
    refunded_before: int | None


class StoryEventBody(Contract):
    """An event that is still to be published."""

    event_id: str
    event_type: str
    occurred_at: AwareDatetime


class StoryMovementBody(Contract):
    """Units that the order has moved in the stock; who booked it and why, if staff did."""

    product_id: str
    kind: str
    quantity: int
    at: AwareDatetime
    by: str | None = None
    reason: str | None = None


class StoryReservedBody(Contract):
    """Units that the order's reservation has of a product."""

    product_id: str
    quantity: int


class StoryReservationBody(Contract):
    """The order's reservation: its state, and until when its units are held for a payment."""

    state: str
    held_until: AwareDatetime
    lines: tuple[StoryReservedBody, ...]


class StoryPostponedBody(Contract):
    """When the sweep failed to process the order last, and when it tries it again."""

    at: AwareDatetime
    until: AwareDatetime


class ExportedOrderBody(Contract):
    """Everything that is stored of an order, but for the stock. `number` is the one to call out."""

    order_id: str
    number: int | None = None
    customer_id: str
    trace_id: str
    status: str
    reason: str | None
    placed_at: AwareDatetime
    currency: str
    amount_total: int
    lines: tuple[StoryLineBody, ...]
    history: tuple[StoryStatusBody, ...]
    checkout: StoryCheckoutBody
    payments: tuple[StoryPaymentBody, ...]
    notes: tuple[StoryNoteBody, ...]
    undelivered_events: tuple[StoryEventBody, ...]
    postponed: StoryPostponedBody | None


class OrderStoryBody(ExportedOrderBody):
    """Everything that is stored of an order."""

    stock_movements: tuple[StoryMovementBody, ...]
    reservation: StoryReservationBody | None
