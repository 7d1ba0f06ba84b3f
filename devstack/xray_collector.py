"""A server in place of the X-Ray daemon, which writes the segments that it receives to a file.

A datagram is a header, a newline, and one segment document. Other datagrams are dropped.
"""

import logging
import socket
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from devstack.segments import SegmentDocument
from devstack.state import LOOPBACK

PING = b"ping"
"""A datagram that is answered with itself."""
_LARGEST_DATAGRAM = 65_536


class DatagramHeader(BaseModel):
    """The first line of a datagram."""

    format: Literal["json"]
    version: Literal[1]


def collect(port: int, file: Path, limit: int) -> None:
    """Serve on loopback until killed. A file of more than `limit` bytes is renamed to `….1`."""
    lines = RotatingFileHandler(file, maxBytes=limit, backupCount=1, encoding="utf-8")
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind((LOOPBACK, port))
        while True:
            datagram, sender = daemon.recvfrom(_LARGEST_DATAGRAM)
            if datagram == PING:
                daemon.sendto(PING, sender)
                continue
            with suppress(ValidationError):
                lines.emit(logging.makeLogRecord({"msg": _document(datagram)}))


def _document(datagram: bytes) -> str:
    """Return the whole document as one line."""
    header, _, document = datagram.partition(b"\n")
    DatagramHeader.model_validate_json(header)
    return SegmentDocument.model_validate_json(document).model_dump_json(exclude_unset=True)


if __name__ == "__main__":
    collect(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
