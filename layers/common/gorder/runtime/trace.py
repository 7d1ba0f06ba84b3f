"""The trace id, which all log lines about one order share, from the POST to the kitchen."""

import os
import secrets
import time


def current_trace_id() -> str:
    """Return the X-Ray trace id of this invocation, or outside Lambda a new one of that form."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    for part in header.split(";"):
        name, _, value = part.partition("=")
        if name == "Root" and value:
            return value
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
