"""The back office's requests about dead letters, and its replies. Amounts are in minor units."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from gorder.contracts.back_office_orders import MAX_LISTED
from gorder.contracts.base import Contract
from gorder.contracts.fields import OrderId, Person, Words

QueueName = Literal["payment_link", "order_paid", "refund", "kitchen", "catalogue"]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")]


class ListDeadLettersRequest(Contract):
    """List the messages of one dead-letter queue, or of all of them.

    With `order_id`, only those about that order. A message of the last minute may be missing then.
    """

    command: Literal["list_dead_letters"]
    queue: QueueName | None = None
    order_id: OrderId | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = MAX_LISTED


class ShowDeadLetterRequest(Contract):
    """Show one message of a dead-letter queue."""

    command: Literal["show_dead_letter"]
    queue: QueueName
    message_id: MessageId


class RedriveDeadLettersRequest(Contract):
    """Move one message back to its queue, or all of one queue or of every queue.

    `by` says who asked. With `dry_run` nothing is moved.
    """

    command: Literal["redrive_dead_letters"]
    queue: QueueName | None = None
    message_id: MessageId | None = None
    by: Person
    dry_run: bool = False


class DropDeadLettersRequest(Contract):
    """Delete one message of a dead-letter queue, or with `all` every one, and log it.

    `by` says who asked, `reason` why. With `dry_run` nothing is deleted.
    """

    command: Literal["drop_dead_letters"]
    queue: QueueName
    message_id: MessageId | None = None
    all: bool = False
    reason: Words
    by: Person
    dry_run: bool = False

    @model_validator(mode="after")
    def _require_one_choice(self) -> Self:
        if self.all == (self.message_id is not None):
            raise PydanticCustomError(
                "choice", "message_id: name one message, or drop every one with all: true"
            )
        return self


MessageRequest = (
    ListDeadLettersRequest
    | ShowDeadLetterRequest
    | RedriveDeadLettersRequest
    | DropDeadLettersRequest
)


class LetterNameBody(Contract):
    """Which message it is. What its body does not state, as an event has it, is None."""

    queue: str
    message_id: str
    event_type: str | None
    event_id: str | None
    order_id: str | None
    product_id: str | None


class StakeBody(Contract):
    """The money at stake and what that means. `amount` is None if it is not known."""

    amount: int | None
    currency: str | None
    text: str


class DeadLetterBody(LetterNameBody):
    """A message, the money at stake, and why it failed last.

    `received` counts the looks of the back office too. `hint` says why `reason` is None.
    `kept_until` is when SQS deletes the message.
    """

    order_status: str | None
    sent_at: AwareDatetime
    age_seconds: int
    kept_until: AwareDatetime
    received: int
    reason: str | None
    failed_at: AwareDatetime | None
    hint: str | None
    at_stake: StakeBody


class DeadLetterCountBody(Contract):
    """The messages of a queue, and how many of them another call is using; approximate."""

    queue: str
    letters: int
    in_use: int


class DeadLettersListedBody(Contract):
    """The messages of the queues with the most at stake first, then the oldest first."""

    letters: tuple[DeadLetterBody, ...]
    queues: tuple[DeadLetterCountBody, ...]


class DeadLetterShownBody(DeadLetterBody):
    """A message, its attributes, and the stack trace of its last failure.

    `body` is cut after 100,000 characters; `body_length` counts all.
    """

    body: str
    body_length: int
    attributes: dict[str, str]
    stack: str | None


class DeadLettersMovedBody(Contract):
    """What was moved back, up to a hundred of them, and what was done: as a code and in words.

    `remaining` is None for a request about one message. `in_use` could not be moved.
    """

    letters: tuple[LetterNameBody, ...]
    count: int
    remaining: int | None
    in_use: int
    outcome: str
    text: str


class DroppedLetterBody(LetterNameBody):
    """A dropped message. `noted`: its order keeps a note; otherwise the log alone has it."""

    noted: bool


class DeadLettersDroppedBody(Contract):
    """What was dropped, up to a hundred of them, and what was done: as a code and in words."""

    letters: tuple[DroppedLetterBody, ...]
    count: int
    remaining: int | None
    in_use: int
    outcome: str
    text: str


MessageBody = (
    DeadLettersListedBody | DeadLetterShownBody | DeadLettersMovedBody | DeadLettersDroppedBody
)
