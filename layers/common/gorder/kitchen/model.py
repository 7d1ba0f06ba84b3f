"""How long a dish takes."""

from dataclasses import dataclass

LONGEST_SECONDS = 900  # the longest delay of an SQS message


class InvalidCookingTimeError(Exception):
    """A cooking time the kitchen cannot keep."""


@dataclass(frozen=True, slots=True)
class CookingTime:
    """Seconds from the start of cooking to its end: 0 to 900."""

    seconds: int

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LONGEST_SECONDS:
            raise InvalidCookingTimeError(
                f"cooking takes 0 to {LONGEST_SECONDS} seconds, not {self.seconds}"
            )
