"""The three kinds of error and the table that says which exception is of which kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an error means to whoever meets it."""

    BUSINESS = "business"  # the caller's concern: 4xx, message acknowledged, no alarm
    TRANSIENT = "transient"  # contention or a dependency down: 5xx or a retry, a metric
    DEFECT = "defect"  # ours: 5xx, retried into the dead-letter queue, an alarm


def no_members(_error: Exception) -> Mapping[str, object]:
    """The error says all it may say in its text."""
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One exception class: its kind, HTTP status, and the name a caller may program against.

    `members` takes from the exception what an HTTP caller is told besides its text.
    """

    error: type[Exception]
    kind: Kind
    status: int
    code: str
    members: Callable[[Exception], Mapping[str, object]] = no_members


UNKNOWN = Row(Exception, Kind.DEFECT, 500, "internal_error")


class ErrorTable:
    """Finds an exception's row by its class or the nearest base class that has one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = {row.error: row for row in rows}

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __contains__(self, error: type[BaseException]) -> bool:
        return error in self._rows

    def row(self, error: Exception) -> Row:
        """The error's row; an exception nobody listed is a defect."""
        return next((self._rows[c] for c in type(error).__mro__ if c in self._rows), UNKNOWN)


class MissingSettingError(Exception):
    """The function's environment or a secret lacks something it cannot work without."""
