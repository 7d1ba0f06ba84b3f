"""The logs of the deployed functions, grouped by invocation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

type LogLine = dict[str, Any]


@dataclass
class LoggedInvocation:
    """The log of one invocation. Bytes do not include line ends, as CloudWatch counts them.

    Metrics of a cold start are left out, because no order causes them.
    """

    service: str
    lines: list[LogLine] = field(default_factory=list)
    log_bytes: int = 0
    metric_bytes: int = 0
    metrics: set[str] = field(default_factory=set)

    @property
    def request_id(self) -> str:
        return str(self.lines[0]["function_request_id"])

    def mentions(self, key: str, value: str) -> bool:
        """Return whether one of its lines has this key and value."""
        return any(line.get(key) == value for line in self.lines)


def invocations(folder: Path) -> list[LoggedInvocation]:
    """Read the invocations of all functions, in order for each function."""
    return [one for log in sorted(folder.glob("*.log")) for one in _function_invocations(log)]


def _function_invocations(log: Path) -> Iterator[LoggedInvocation]:
    """Split a log. The lines of an invocation are contiguous, and its metrics come last."""
    current: LoggedInvocation | None = None
    for text in log.read_text().splitlines():
        if not text.startswith("{"):
            continue  # a traceback of the runtime
        line: LogLine = json.loads(text)
        if "_aws" in line:
            if current is not None:
                _add_metrics(current, line, len(text.encode()))
            continue
        if current is None or line["function_request_id"] != current.request_id:
            if current is not None:
                yield current
            current = LoggedInvocation(line["service"])
        current.lines.append(line)
        current.log_bytes += len(text.encode())
    if current is not None:
        yield current


def _add_metrics(invocation: LoggedInvocation, line: LogLine, size: int) -> None:
    names = {
        metric["Name"] for block in line["_aws"]["CloudWatchMetrics"] for metric in block["Metrics"]
    }
    if names != {"ColdStart"}:
        invocation.metric_bytes += size
        invocation.metrics |= names
