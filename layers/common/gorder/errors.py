"""The three kinds of error. Every exception of gorder derives from one of the three base classes.

A test fails for an exception of no kind; `docs/errors.md` lists them all (`make errors`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What an error means to the caller and to the operator."""

    BUSINESS = "business"  # the caller's concern: 4xx, message acknowledged, no alarm
    TRANSIENT = "transient"  # contention or a dependency down: 5xx or a retry, a metric
    DEFECT = "defect"  # a bug or a wrong setting: 5xx, retried into the dead-letter queue, an alarm


class GorderError(Exception):
    """The base of the three kinds. Derive from one of those instead.

    Attributes:
        kind: what it means.
        status: the HTTP status that an API answers with.
        code: the name that callers and log queries program against. It never changes.
    """

    kind: ClassVar[Kind]
    status: ClassVar[int]
    code: ClassVar[str]

    def members(self) -> Mapping[str, object]:
        """Return what the problem document of a business error holds besides its text."""
        return {}


class BusinessError(GorderError):
    """A rule says no. Each class states its own 4xx status; its text is shown to the caller."""

    kind = Kind.BUSINESS


class TransientError(GorderError):
    """The same request may succeed later. Answered with 503 and `Retry-After`."""

    kind = Kind.TRANSIENT
    status = 503


class DefectError(GorderError):
    """A bug, or a setting that a person must correct. Answered with 500."""

    kind = Kind.DEFECT
    status = 500


class LaterReleaseError(TransientError):
    """A later release wrote this. This release leaves it alone, for a function of that release."""

    code = "later_release"
