"""The base classes of gorder's exceptions: business, transient and defect.

A test fails for an exception of none of them. `docs/errors.md` lists all errors (`make errors`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """How an error is answered, and whether an alarm fires."""

    BUSINESS = "business"  # refused by a rule: 4xx, message acknowledged, no alarm
    TRANSIENT = "transient"  # contention or a dependency down: 503 or a retry, a metric
    DEFECT = "defect"  # a bug or a wrong setting: 500 or retries to the dead-letter queue, an alarm


class GorderError(Exception):
    """The base of the three kinds. Derive from one of those instead.

    Attributes:
        kind: business, transient or defect.
        status: the HTTP status of a response about this error.
        code: a name for callers and log queries. It never changes.
    """

    kind: ClassVar[Kind]
    status: ClassVar[int]
    code: ClassVar[str]

    def members(self) -> Mapping[str, object]:
        """Return further members of the problem document of a business error."""
        return {}


class BusinessError(GorderError):
    """A request that a rule refuses. Each class has a 4xx status; the caller sees its text."""

    kind = Kind.BUSINESS


class TransientError(GorderError):
    """A failure after which the same request may succeed. Answered with 503 and `Retry-After`."""

    kind = Kind.TRANSIENT
    status = 503


class DefectError(GorderError):
    """A bug, or a setting that a person must correct. Answered with 500 and `Retry-After`."""

    kind = Kind.DEFECT
    status = 500


class LaterReleaseError(TransientError):
    """A later release wrote this data. This release leaves it for functions of that release."""

    code = "later_release"
