"""The back office's requests that end findings of the audit, and its replies."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from gorder.constraints import ID_PATTERN
from gorder.contracts.base import Contract
from gorder.contracts.fields import OrderId, Person, StripeId, Words

MAX_FIELDS = 100  # of one repair
FieldPath = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}(\.[A-Za-z0-9_-]{1,128}){0,9}$", max_length=512)
]
RepairId = Annotated[str, Field(pattern=rf"{ID_PATTERN[:-1]}:[0-9a-f-]{{1,64}}$")]
PaymentIntentId = Annotated[str, Field(pattern=r"^pi_[A-Za-z0-9_]{1,252}$")]


class RepairOrderRequest(Contract):
    """Change fields of an order's document, or accept it as it is. The document before is kept.

    `set` has values by dotted path, with the index of a list's part: `lines.0.quantity`. They are
    MongoDB's Extended JSON, in which a time is `{"$date": "2026-11-28T20:00:00Z"}`. `unset` removes
    fields. `dry_run`: change nothing, and answer what would change.
    """

    command: Literal["repair_order"]
    order_id: OrderId
    set: Annotated[dict[FieldPath, JsonValue], Field(max_length=MAX_FIELDS, default_factory=dict)]
    unset: Annotated[tuple[FieldPath, ...], Field(max_length=MAX_FIELDS)] = ()
    reason: Words
    by: Person
    dry_run: bool = False


class ShowDocumentRequest(Contract):
    """Show an order's document as it is stored; with `repair_id`, as it was before that repair."""

    command: Literal["show_document"]
    order_id: OrderId
    repair_id: RepairId | None = None


class ReconcileOrderRequest(Contract):
    """Record the order's payments as Stripe states them now, and settle its units.

    `payment`: only this one, which the order may not record.
    """

    command: Literal["reconcile_order"]
    order_id: OrderId
    payment: PaymentIntentId | None = None
    by: Person


class KeepPaymentRequest(Contract):
    """Keep a payment on record whose order is not stored, with the reason in words."""

    command: Literal["keep_payment"]
    payment: PaymentIntentId
    reason: Words
    by: Person


OrderRepairRequest = (
    RepairOrderRequest | ShowDocumentRequest | ReconcileOrderRequest | KeepPaymentRequest
)


class FieldChangeBody(Contract):
    """A field before and after, in Extended JSON; null if it was not there. Long values are cut."""

    field: str
    before: str | None
    after: str | None


class OrderRepairedBody(Contract):
    """What was changed, or would be, and what contradicted the document: as a code and in words.

    `repair_id` names the document before the repair; null if nothing was written.
    """

    order_id: str
    status: str | None
    changes: tuple[FieldChangeBody, ...]
    wrong: tuple[str, ...]
    repair_id: str | None
    outcome: str
    text: str


class KeptRepairBody(Contract):
    """A repair on record."""

    repair_id: str
    by: str
    reason: str
    at: AwareDatetime
    changes: tuple[FieldChangeBody, ...]


class DocumentShownBody(Contract):
    """A document in Extended JSON, what contradicts it, and the order's repairs, oldest first.

    A field that is too large has its first characters as a text.
    """

    order_id: str
    document: dict[str, Any]
    wrong: tuple[str, ...]
    repairs: tuple[KeptRepairBody, ...]


class OrderReconciledBody(Contract):
    """The order as it is now.

    `recorded` has the payments that were recorded as Stripe states them. `units` says why its units
    could not be settled; null if they are. `failed` has what is wrong with pages that could not be
    looked at.
    """

    order_id: str
    status: str
    reason: str | None
    refunded: int
    left: int
    currency: str
    recorded: tuple[StripeId, ...]
    units: str | None
    failed: tuple[str, ...] = ()
    text: str


class PaymentKeptBody(Contract):
    """A payment without its order, as Stripe states it now, in minor units."""

    payment: str
    order_id: str
    amount: int
    refunded: int
    currency: str
    text: str


OrderRepairBody = OrderRepairedBody | DocumentShownBody | OrderReconciledBody | PaymentKeptBody
