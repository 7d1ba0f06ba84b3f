"""How long a dish takes."""

from dataclasses import dataclass

from gorder.errors import DefectError

LONGEST_SECONDS = 900  # the longest delay of an SQS message


class InvalidCookingTimeError(DefectError):
    """A cooking time the kitchen cannot keep."""

    code = "invalid_cooking_time"


@dataclass(frozen=True, slots=True)
class CookingTime:
    """Seconds from the start of cooking to its end: 0 to 900."""

    seconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LONGEST_SECONDS:
            raise InvalidCookingTimeError(
                f"cooking takes 0 to {LONGEST_SECONDS} seconds, not {self.seconds}"
            )
