"""How clients of AWS are made: no more patient than their function, and in the order's trace."""

import os
import re
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config

from gorder.runtime.limits import Timeouts
from gorder.runtime.observability import trace_annotations

if TYPE_CHECKING:
    from botocore.client import BaseClient

_TRACE_ID: Final = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


def client_config(patience: Timeouts) -> Config:
    """Timeouts and attempts for `boto3.client`."""
    return Config(
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.answer_seconds,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
    )


def propagate_order_trace(client: "BaseClient") -> None:
    """Have what the client sends belong to the trace of the story that is told.

    botocore hands on the invocation's own trace. A webhook's is Stripe's call, and that of a
    queue's consumer is its batch; the order's began with the POST.
    """
    client.meta.events.register_first("before-call", _add_trace_header)


def _add_trace_header(params: dict[str, Any], **_event: object) -> None:
    root = trace_annotations().get("trace_id", "")
    invocation = os.environ.get("_X_AMZN_TRACE_ID", "")
    if root in invocation or not _TRACE_ID.fullmatch(root):
        return
    sampled = int("Sampled=1" in invocation)
    params["headers"]["X-Amzn-Trace-Id"] = f"Root={root};Sampled={sampled}"
