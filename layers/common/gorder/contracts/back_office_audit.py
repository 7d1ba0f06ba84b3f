"""The back office's request for an audit, and its reply."""

from typing import Annotated, Literal

from pydantic import Field

from gorder.constraints import AUDIT_PLACE_PATTERN
from gorder.contracts.base import Contract
from gorder.contracts.fields import Person

AuditPlace = Annotated[str, Field(pattern=AUDIT_PLACE_PATTERN)]


class RunAuditRequest(Contract):
    """Compare stock, orders and payments with each other and with Stripe. `by` says who asked.

    `full` looks at everything; without it, at what has changed since the last hourly audit.
    `begin_at` is the `next` of a full audit that was not complete.
    """

    command: Literal["run_audit"]
    full: bool = False
    begin_at: AuditPlace | None = None
    by: Person


AuditRequest = RunAuditRequest


class FindingBody(Contract):
    """A contradiction: a code, what is wrong, and what is stored and was expected."""

    kind: str
    subject: str
    text: str


class AuditLookedAtBody(Contract):
    """How many orders, reservations and payments were looked at."""

    orders: int
    reservations: int
    payments: int


class AuditBody(Contract):
    """What was found; nothing found is clean.

    `complete`: everything that was asked for was looked at. `next` is the `begin_at` of the
    request that goes on with a full audit.
    """

    findings: tuple[FindingBody, ...]
    looked_at: AuditLookedAtBody
    complete: bool
    next: str | None
