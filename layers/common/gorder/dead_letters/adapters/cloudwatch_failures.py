"""The consumers' failures, in the log group of all functions in CloudWatch Logs."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gorder.dead_letters.model import DeadLetter
from gorder.dead_letters.ports import Clock, Failures, LastFailure

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_EVENT: Final = "message.failed"
_SEARCH: Final = timedelta(seconds=20)
# A message fails within hours of the time when it was sent, or later if its function was stopped.
_BEFORE: Final = timedelta(minutes=1)
_AFTER: Final = timedelta(days=1)
_MOST_CHARACTERS: Final = 500
_NOT_FOUND: Final = (
    "The log has no failure of this message in the day after it was sent: its function may have "
    "ended at its timeout or not have started, the log may be deleted, or SNS could not deliver it."
)
_CUT: Final = "The search was ended after 20 seconds: search the log for the message's id."


class CloudWatchFailures:
    """Implements `FailureLog`. One search finds the failures of all letters of a time."""

    def __init__(self, client: "CloudWatchLogsClient", log_group: str, clock: Clock) -> None:
        self._client = client
        self._log_group = log_group
        self._clock = clock

    def last_failures(self, letters: Iterable[DeadLetter]) -> Failures:
        by_id = {letter.message_id: letter for letter in letters}
        found: dict[str, LastFailure] = {}
        ends_at = self._clock() + _SEARCH
        try:
            for begin, end in _times(by_id.values()):
                for event in self._events(begin, end, ends_at):
                    message_id, failure = _failure(event)
                    if message_id in by_id and _is_later(failure, found.get(message_id)):
                        found[message_id] = failure
        except (BotoCoreError, ClientError) as error:
            return Failures(found, f"The log cannot be read ({_why(error)}).")
        return Failures(found, _NOT_FOUND if self._clock() < ends_at else _CUT)

    def _events(
        self, begin: datetime, end: datetime, ends_at: datetime
    ) -> Iterator[dict[str, Any]]:
        more: dict[str, Any] = {}
        while self._clock() < ends_at:
            page = self._client.filter_log_events(
                logGroupName=self._log_group,
                startTime=_milliseconds(begin),
                endTime=_milliseconds(end),
                filterPattern=f'"{_EVENT}"',
                **more,
            )
            yield from page["events"]  # type: ignore[misc]  # a TypedDict is a dict
            if "nextToken" not in page:
                return
            more = {"nextToken": page["nextToken"]}


def _times(letters: Iterable[DeadLetter]) -> list[tuple[datetime, datetime]]:
    """Return the times in which the letters failed, without overlaps, the latest first."""
    times: list[tuple[datetime, datetime]] = []
    for sent_at in sorted(letter.sent_at for letter in letters):
        begin, end = sent_at - _BEFORE, sent_at + _AFTER
        if times and begin <= times[-1][1]:
            times[-1] = (times[-1][0], end)
        else:
            times.append((begin, end))
    return times[::-1]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _is_later(failure: LastFailure, known: LastFailure | None) -> bool:
    return known is None or known.at <= failure.at


def _failure(event: dict[str, Any]) -> tuple[str, LastFailure]:
    """Return the message's id and its failure; an empty id if the line has another form."""
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    try:
        line = json.loads(event["message"])
    except (ValueError, RecursionError):
        line = None
    if not isinstance(line, dict) or line.get("message") != _EVENT:
        return "", LastFailure("", at)
    reason = f"{line.get('code')}: {line.get('reason')}"[:_MOST_CHARACTERS]
    stack = line.get("exception")
    return str(line.get("message_id", "")), LastFailure(
        reason, at, stack if isinstance(stack, str) else None
    )


def _why(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__
