"""Sends a segment for each invocation to the X-Ray daemon, as Lambda itself does on AWS.

The segment has the function's name. The function's own segments are its children, because the
trace header that the function receives has its id.
"""

import json
import secrets
import socket
import time
from contextlib import suppress
from typing import Any

from devstack.localstack_executor.runtime_api import Invocation

_HEADER = b'{"format": "json", "version": 1}\n'
_MAX_MESSAGE_LENGTH = 500


class XRayClient:
    """Sends the segments of one function to the daemon."""

    def __init__(self, function: str, daemon: str) -> None:
        """`daemon` has the format of AWS_XRAY_DAEMON_ADDRESS: `host:port`."""
        host, port = daemon.split(":")
        self._daemon = (host, int(port))
        self._function = function

    def begin_segment(self, invocation: Invocation) -> "InvocationSegment":
        """Begin the segment of an invocation."""
        return InvocationSegment(self, self._function, invocation)

    def send(self, document: dict[str, Any]) -> None:
        """Send a segment document. Errors are ignored, so that they do not fail a function."""
        datagram = _HEADER + json.dumps(document).encode()
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as client:
            client.sendto(datagram, self._daemon)


class InvocationSegment:
    """The segment of an invocation, from the start of its process to its response.

    It is a child of the caller's segment in the caller's trace, and always sampled.
    """

    def __init__(self, xray: XRayClient, function: str, invocation: Invocation) -> None:
        self._xray = xray
        parent = dict(part.split("=", 1) for part in invocation.trace_header.split(";"))
        request = {"request_id": invocation.request_id, "function_arn": invocation.function_arn}
        self._document: dict[str, Any] = {
            "id": secrets.token_hex(8),
            "trace_id": parent["Root"],
            **({"parent_id": parent["Parent"]} if "Parent" in parent else {}),
            "name": function,
            "origin": "AWS::Lambda::Function",
            "start_time": time.time(),
            "aws": request,
        }

    @property
    def trace_header(self) -> str:
        """The trace header for the function, which makes its segments children of this one."""
        return f"Root={self._document['trace_id']};Parent={self._document['id']};Sampled=1"

    def add_initialisation(self) -> None:
        """Add a subsegment for the start of the process, from the segment's start until now."""
        initialisation = {
            "id": secrets.token_hex(8),
            "name": "Initialization",
            "start_time": self._document["start_time"],
            "end_time": time.time(),
        }
        self._document["subsegments"] = [initialisation]

    def end(self, error: bytes | None) -> None:
        """End the segment and send it. `error` is Lambda's error, if the invocation failed."""
        failure = _failure(json.loads(error)) if error else {}
        self._xray.send({**self._document, "end_time": time.time(), **failure})


def _failure(error: dict[str, Any]) -> dict[str, Any]:
    exception = {
        "id": secrets.token_hex(8),
        "type": error.get("errorType"),
        "message": str(error.get("errorMessage"))[:_MAX_MESSAGE_LENGTH],
    }
    return {"fault": True, "cause": {"exceptions": [exception]}}
