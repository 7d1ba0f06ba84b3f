"""The dead letters of an order, as its story shows them."""

from dataclasses import dataclass

from gorder.contracts.back_office_messages import DeadLetterBody, DeadLettersListedBody
from ops.errors import CommandError
from ops.output import print_table, say
from ops.session import Session
from ops.transport import Reply


@dataclass(frozen=True, slots=True)
class LettersOfOrder:
    """The letters about an order, or why the queues could not be read."""

    found: tuple[DeadLetterBody, ...] | None
    problem: str | None = None

    def as_json(self) -> Reply:
        """Return what the story's JSON has of them. Null: the queues could not be read."""
        letters = [letter.model_dump(mode="json") for letter in self.found or ()]
        return {
            "dead_letters": None if self.found is None else letters,
            "dead_letters_problem": self.problem,
        }

    def print(self) -> None:
        """Print them below the story. Nothing is printed if there are none."""
        if self.found is None:
            say(f"\nThe dead-letter queues could not be read: {self.problem}")
        elif self.found:
            say("\nMessages that could not be processed")
            rows = [
                (
                    letter.queue,
                    letter.message_id,
                    letter.event_type,
                    age(letter.age_seconds),
                    letter.reason or letter.hint,
                )
                for letter in self.found
            ]
            print_table(("QUEUE", "MESSAGE", "EVENT", "AGE", "WHY IT FAILED"), rows, empty="")


def letters_about(session: Session, order_id: str) -> LettersOfOrder:
    """Look into the dead-letter queues for messages about an order."""
    try:
        listed = session.ask(DeadLettersListedBody, "list_dead_letters", order_id=order_id)
    except CommandError as error:
        return LettersOfOrder(None, str(error))
    return LettersOfOrder(listed.letters)


def age(seconds: int) -> str:
    """Return an age in its largest unit."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
