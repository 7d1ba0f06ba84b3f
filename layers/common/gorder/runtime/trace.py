"""The trace id that joins the logs of one order's story, from the POST to the kitchen."""

import os
import secrets
import time


def current_trace_id() -> str:
    """The X-Ray trace id of this invocation, or a new one of the same form outside Lambda."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    for part in header.split(";"):
        name, _, value = part.partition("=")
        if name == "Root" and value:
            return value
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
