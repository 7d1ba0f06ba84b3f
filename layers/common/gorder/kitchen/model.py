"""The cooking time and its bounds."""

from dataclasses import dataclass
from typing import Final

from gorder.errors import DefectError

MAX_SECONDS: Final = 900  # the longest delay of an SQS message


class InvalidCookingTimeError(DefectError):
    """The cooking time is outside the delays that SQS allows."""

    code = "invalid_cooking_time"


@dataclass(frozen=True, slots=True)
class CookingTime:
    """Seconds from the start of cooking to its end: 0 to 900."""

    seconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise InvalidCookingTimeError(
                f"the cooking time must be 0 to {MAX_SECONDS} seconds, not {self.seconds}"
            )
