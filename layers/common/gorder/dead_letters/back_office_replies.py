"""Map results about dead letters to the replies of the back office."""

from datetime import datetime
from typing import Final, TypedDict

from gorder.contracts.back_office_messages import (
    DeadLetterBody,
    DeadLetterCountBody,
    DeadLettersDroppedBody,
    DeadLetterShownBody,
    DeadLettersListedBody,
    DeadLettersMovedBody,
    DroppedLetterBody,
    LetterNameBody,
    StakeBody,
)
from gorder.dead_letters.appraisal import AppraisedLetter
from gorder.dead_letters.commands.drop_dead_letters import LettersDropped
from gorder.dead_letters.model import Attribute
from gorder.dead_letters.processing import Processed, Selection
from gorder.dead_letters.queries.list_dead_letters import LetterList

_MOST_NAMED: Final = 100
_MOST_CHARACTERS: Final = 100_000


def letters_listed(found: LetterList, now: datetime) -> DeadLettersListedBody:
    """Return the reply to `list_dead_letters`."""
    return DeadLettersListedBody(
        letters=tuple(_letter(letter, now) for letter in found.letters),
        queues=tuple(
            DeadLetterCountBody(queue=count.queue.value, letters=count.letters, in_use=count.in_use)
            for count in found.queues
        ),
    )


def letter_shown(appraised: AppraisedLetter, now: datetime) -> DeadLetterShownBody:
    """Return the reply to `show_dead_letter`."""
    letter = appraised.letter
    return DeadLetterShownBody(
        **dict(_letter(appraised, now)),
        body=letter.body[:_MOST_CHARACTERS].encode(errors="replace").decode(),
        body_length=len(letter.body),
        attributes={name: _text(given) for name, given in letter.attributes.items()},
        stack=appraised.failure.stack if appraised.failure else None,
    )


def letters_moved(processed: Processed, selection: Selection) -> DeadLettersMovedBody:
    """Return the reply to `redrive_dead_letters`."""
    return DeadLettersMovedBody(
        letters=tuple(LetterNameBody(**letter.names) for letter in processed.letters[:_MOST_NAMED]),
        **_summary(processed, selection, "moved", "moved back to their queue"),
    )


def letters_dropped(dropped: LettersDropped, selection: Selection) -> DeadLettersDroppedBody:
    """Return the reply to `drop_dead_letters`."""
    processed = dropped.processed
    return DeadLettersDroppedBody(
        letters=tuple(
            DroppedLetterBody(**letter.names, noted=letter.message_id in dropped.noted)
            for letter in processed.letters[:_MOST_NAMED]
        ),
        **_summary(processed, selection, "dropped", "dropped; the log has each of them"),
    )


class _Summary(TypedDict):
    count: int
    remaining: int | None
    in_use: int
    outcome: str
    text: str


def _summary(processed: Processed, selection: Selection, code: str, words: str) -> _Summary:
    count = len(processed.letters)
    if selection.dry_run and count:
        outcome, text = f"would_be_{code}", f"Nothing was done. Messages to be {words}: {count}."
    elif count:
        outcome, text = code, f"Messages {words}: {count}."
    elif selection.message_id:
        outcome = "not_found"
        text = "Nothing was done: the message was moved back or dropped before, or its id is wrong."
    else:
        outcome, text = "nothing_to_do", "Nothing was done: there is no message."
    if processed.remaining:
        text += f" At least {processed.remaining} remain: send the request again."
    if processed.in_use:
        text += f" Another call is using about {processed.in_use}: try again in a minute."
    return _Summary(
        count=count,
        remaining=processed.remaining,
        in_use=processed.in_use,
        outcome=outcome,
        text=text,
    )


def _letter(appraised: AppraisedLetter, now: datetime) -> DeadLetterBody:
    letter, failure = appraised.letter, appraised.failure
    return DeadLetterBody(
        **letter.names,
        order_status=appraised.order_status,
        sent_at=letter.sent_at,
        age_seconds=max(0, int((now - letter.sent_at).total_seconds())),
        kept_until=appraised.kept_until,
        received=letter.received,
        reason=failure.reason if failure else None,
        failed_at=failure.at if failure else None,
        hint=appraised.hint,
        at_stake=StakeBody(
            amount=appraised.stake.amount,
            currency=appraised.stake.currency,
            text=appraised.stake.text,
        ),
    )


def _text(attribute: Attribute) -> str:
    if isinstance(attribute.value, bytes):
        return f"{len(attribute.value)} bytes"
    return attribute.value
