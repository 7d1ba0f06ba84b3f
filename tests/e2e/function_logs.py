"""What the deployed functions have logged, invocation by invocation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

type LogLine = dict[str, Any]


@dataclass
class Invocation:
    """One run of a function. Bytes are of its lines without their ends, as CloudWatch counts.

    What only a cold start logs is left out: it is no order's.
    """

    service: str
    lines: list[LogLine] = field(default_factory=list)
    log_bytes: int = 0
    metric_bytes: int = 0
    metrics: set[str] = field(default_factory=set)

    @property
    def request_id(self) -> str:
        return str(self.lines[0]["function_request_id"])

    def tells_of(self, key: str, value: str) -> bool:
        """Whether one of its lines has it."""
        return any(line.get(key) == value for line in self.lines)


def invocations(folder: Path) -> list[Invocation]:
    """Of all functions, in each function's own sequence."""
    return [one for log in sorted(folder.glob("*.log")) for one in _of_one_function(log)]


def _of_one_function(log: Path) -> Iterator[Invocation]:
    """An invocation's lines stand together; the metrics are the last of them."""
    current: Invocation | None = None
    for text in log.read_text().splitlines():
        if not text.startswith("{"):
            continue  # a stack of the runtime's own
        line: LogLine = json.loads(text)
        if "_aws" in line:
            if current is not None:
                _add_metrics(current, line, len(text.encode()))
            continue
        if current is None or line["function_request_id"] != current.request_id:
            if current is not None:
                yield current
            current = Invocation(line["service"])
        current.lines.append(line)
        current.log_bytes += len(text.encode())
    if current is not None:
        yield current


def _add_metrics(invocation: Invocation, line: LogLine, size: int) -> None:
    names = {
        metric["Name"] for block in line["_aws"]["CloudWatchMetrics"] for metric in block["Metrics"]
    }
    if names != {"ColdStart"}:
        invocation.metric_bytes += size
        invocation.metrics |= names
