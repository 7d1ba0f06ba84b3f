"""The deadline of an invocation: no call is sent that may end after it.

Lambda kills a function at its timeout. The caller then gets no answer, the invocation's metrics are
lost, and FaultAlarm is raised. A call that is not sent fails like a call without an answer, so the
function ends with an error of its own.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gorder.runtime.observability import telemetry

ANSWER_SECONDS: Final = 1.0  # for the answer, its log lines and its metrics

_ends_at: float | None = None


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Allow calls for `seconds` minus ANSWER_SECONDS. Without a deadline all calls are allowed.

    The end of a nested block restores the outer deadline.
    """
    global _ends_at  # noqa: PLW0603 - an execution environment runs one invocation at a time
    outer, _ends_at = _ends_at, time.monotonic() + seconds - ANSWER_SECONDS
    try:
        yield
    finally:
        _ends_at = outer


def too_late(seconds: float) -> str | None:
    """Return why a call that may take `seconds` must not be sent, or None if it may be sent.

    The reason is logged here, because the clients' own errors may hide it.
    """
    if _ends_at is None or (left := _ends_at - time.monotonic()) >= seconds:
        return None
    reason = f"not sent: it may take {seconds:g} s, and the function has {max(left, 0):.1f} s left"
    telemetry.warning("call.not_sent", reason=reason)
    return reason
