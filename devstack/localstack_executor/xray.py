"""What on AWS Lambda itself tells X-Ray: each invocation, as a segment named as its function.

The function's own subsegments hang below it, for the trace header that the function gets names it.
"""

import json
import secrets
import socket
import time
from contextlib import suppress
from typing import Any

from devstack.localstack_executor.runtime_api import Invocation

_HEADER = b'{"format": "json", "version": 1}\n'
_LONGEST_MESSAGE = 500


class XRay:
    """The daemon, as Lambda tells it about one function."""

    def __init__(self, function: str, daemon: str) -> None:
        """`daemon` is its address, as AWS_XRAY_DAEMON_ADDRESS has it."""
        host, port = daemon.split(":")
        self._daemon = (host, int(port))
        self._function = function

    def begin(self, invocation: Invocation) -> "Segment":
        """Begin the segment of an invocation."""
        return Segment(self, self._function, invocation)

    def tell(self, document: dict[str, Any]) -> None:
        """Send a document; if it is lost, no function is the worse for it."""
        datagram = _HEADER + json.dumps(document).encode()
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(datagram, self._daemon)


class Segment:
    """An invocation, from when it has a process until it is answered.

    It is in its caller's trace, below its caller's segment, and always sampled.
    """

    def __init__(self, xray: XRay, function: str, invocation: Invocation) -> None:
        self._xray = xray
        caller = dict(part.split("=", 1) for part in invocation.trace_header.split(";"))
        request = {"request_id": invocation.request_id, "function_arn": invocation.function_arn}
        self._document: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "trace_id": caller["Root"],
            **({"parent_id": caller["Parent"]} if "Parent" in caller else {}),
            "name": function,
            "origin": "AWS::Lambda::Function",
            "start_time": time.time(),
            "aws": request,
        }

    @property
    def trace_header(self) -> str:
        """For the function: what it does and whom it calls is below this segment."""
        return f"Root={self._document['trace_id']};Parent={self._document['id']};Sampled=1"

    def initialised(self) -> None:
        """Say that all the time so far went into starting the process."""
        initialisation = {
            "id": secrets.token_hex(8),
            "name": "Initialization",
            "start_time": self._document["start_time"],
            "end_time": time.time(),
        }
        self._document["subsegments"] = [initialisation]

    def end(self, error: bytes | None) -> None:
        """Tell X-Ray. `error` is Lambda's, if there was one."""
        failure = _failure(json.loads(error)) if error else {}
        self._xray.tell({**self._document, "end_time": time.time(), **failure})


def _failure(error: dict[str, Any]) -> dict[str, Any]:
    exception = {
        "id": secrets.token_hex(8),
        "type": error.get("errorType"),
        "message": str(error.get("errorMessage"))[:_LONGEST_MESSAGE],
    }
    return {"fault": True, "cause": {"exceptions": [exception]}}
