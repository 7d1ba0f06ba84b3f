"""Create AWS clients: timeouts within the function's own, its deadline, and the order's trace."""

import os
import re
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from gorder.runtime.deadline import too_late
from gorder.runtime.limits import Timeouts
from gorder.runtime.observability import trace_annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

_TRACE_ID: Final = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


class OutOfTimeError(BotoCoreError):
    """A request was not sent, because it may end after the function's deadline."""

    fmt = "{reason}"


def aws_client(service: str, timeouts: Timeouts, region: str | None = None) -> Any:  # noqa: ANN401 - its type depends on the service
    """Create a boto3 client with these timeouts and attempts.

    Instead of a request that may end after the function's deadline it raises OutOfTimeError.
    """
    config = Config(
        connect_timeout=timeouts.connect_seconds,
        read_timeout=timeouts.answer_seconds,
        retries={"mode": "standard", "total_max_attempts": timeouts.attempts},
    )
    create: Callable[..., BaseClient] = boto3.client
    client = create(service, region_name=region, config=config)

    def check(**_event: object) -> None:
        if reason := too_late(timeouts.attempt_seconds):
            raise OutOfTimeError(reason=reason)

    client.meta.events.register_first("before-send", check)
    return client


def propagate_order_trace(client: "BaseClient") -> None:
    """Send the order's trace with the client's requests, instead of the invocation's.

    botocore propagates the invocation's trace. In a webhook that is the trace of Stripe's call, in
    a queue's consumer that of its batch; the order's trace began with the POST.
    """
    client.meta.events.register_first("before-call", _add_trace_header)


def _add_trace_header(params: dict[str, Any], **_event: object) -> None:
    root = trace_annotations().get("trace_id", "")
    if not _TRACE_ID.fullmatch(root):
        return
    invocation = os.environ.get("_X_AMZN_TRACE_ID", "")
    if root in invocation:  # botocore propagates it, with the parent segment
        return
    sampled = int("Sampled=1" in invocation)
    params["headers"]["X-Amzn-Trace-Id"] = f"Root={root};Sampled={sampled}"
