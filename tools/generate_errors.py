"""Write docs/errors.md from the exception classes: `make errors`. A test fails when they differ."""

import inspect
from http import HTTPStatus
from pathlib import Path
from typing import Final

from gorder.errors import GorderError, Kind
from tools.error_classes import coded_errors

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "errors.md"
_INTRODUCTION: Final = """\
# Errors

Written by `make errors` from the exception classes. A kind is a base class of
[`gorder/errors.py`](../layers/common/gorder/errors.py); `code` is what a client, a log query or a
runbook searches for.
"""
_KINDS: Final = {
    Kind.BUSINESS: """\
## Business errors

A rule says no. HTTP answers 4xx with a problem document whose `detail` says what to do; a queue's
message is acknowledged; no alarm.
""",
    Kind.TRANSIENT: """\
## Transient errors

Contention, or a dependency that is down. HTTP answers 503 with `Retry-After`; a queue's message is
retried; the metric `Transient` counts them.
""",
    Kind.DEFECT: """\
## Defects

A bug, or a setting that a person must correct. HTTP answers 500; a queue's message is retried until
it is in the dead-letter queue; FaultAlarm fires. The log line has the stack trace.
""",
}


def rendered() -> str:
    """Return the whole document."""
    errors = coded_errors()
    parts = [_INTRODUCTION]
    for kind, text in _KINDS.items():
        rows = [_row(error) for error in errors if error.kind is kind]
        parts += [
            text,
            "\n".join(["| `code` | Status | Meaning | Class |", "|---|---|---|---|", *rows, ""]),
        ]
    return "\n".join(parts)


def _row(error: type[GorderError]) -> str:
    meaning = inspect.cleandoc(error.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    path = error.__module__.replace(".", "/")
    source = f"[`{error.__name__}`](../layers/common/{path}.py)"
    status = f"{error.status} {HTTPStatus(error.status).phrase}"
    return f"| `{error.code}` | {status} | {meaning} | {source} |"


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(rendered())


if __name__ == "__main__":
    main()
