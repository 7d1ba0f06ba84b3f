"""Errors about dead letters that staff can correct."""

from gorder.dead_letters.model import Queue
from gorder.errors import BusinessError


class UnknownDeadLetter(BusinessError):
    """The back office names a message that is not in the dead-letter queue, or hidden now."""

    status = 404
    code = "unknown_dead_letter"

    def __init__(self, queue: Queue, message_id: str, in_use: int) -> None:
        busy = f" {in_use} are in use by another call: try again in a minute." if in_use else ""
        super().__init__(
            f"There is no message {message_id} in the dead-letter queue of {queue}: it was moved "
            f"back or dropped, or its id is wrong.{busy}"
        )
