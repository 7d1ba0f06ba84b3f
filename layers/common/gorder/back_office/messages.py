"""Answer requests about messages that their consumer could not process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gorder.contracts.back_office_messages import (
    DropDeadLettersRequest,
    ListDeadLettersRequest,
    MessageBody,
    MessageRequest,
    RedriveDeadLettersRequest,
    ShowDeadLetterRequest,
)
from gorder.dead_letters import back_office_replies as replies
from gorder.dead_letters.appraisal import AppraisedLetter
from gorder.dead_letters.commands.drop_dead_letters import DropDeadLetters, LettersDropped
from gorder.dead_letters.commands.redrive_dead_letters import RedriveDeadLetters
from gorder.dead_letters.model import Queue
from gorder.dead_letters.processing import Processed, Selection
from gorder.dead_letters.queries.list_dead_letters import LetterList, ListDeadLetters
from gorder.dead_letters.queries.show_dead_letter import ShowDeadLetter
from gorder.runtime.decorators import Handler


@dataclass(frozen=True, slots=True)
class MessageOffice:
    """The commands and queries about dead letters."""

    listing: Handler[ListDeadLetters, LetterList]
    show: Handler[ShowDeadLetter, AppraisedLetter]
    redrive: Handler[RedriveDeadLetters, Processed]
    drop: Handler[DropDeadLetters, LettersDropped]
    clock: Callable[[], datetime]

    def answer(self, request: MessageRequest) -> MessageBody:
        """Run one command or query, and return its reply."""
        match request:
            case ListDeadLettersRequest(queue=queue, limit=limit, order_id=order_id):
                wanted = Queue(queue) if queue else None
                found = self.listing(ListDeadLetters(wanted, limit, order_id))
                return replies.letters_listed(found, self.clock())
            case ShowDeadLetterRequest(queue=queue, message_id=message_id):
                letter = self.show(ShowDeadLetter(Queue(queue), message_id))
                return replies.letter_shown(letter, self.clock())
            case RedriveDeadLettersRequest(queue=queue, message_id=message_id, dry_run=dry_run):
                queues = [Queue(queue)] if queue else list(Queue)
                selection = Selection(queues, message_id, dry_run)
                return replies.letters_moved(
                    self.redrive(RedriveDeadLetters(selection, request.by)), selection
                )
            case DropDeadLettersRequest(queue=queue, message_id=message_id, dry_run=dry_run):
                selection = Selection([Queue(queue)], message_id, dry_run)
                dropped = self.drop(DropDeadLetters(selection, request.reason, request.by))
                return replies.letters_dropped(dropped, selection)
