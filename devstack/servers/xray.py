"""The collector of X-Ray segments, because LocalStack has no X-Ray."""

import socket
import sys
from typing import ClassVar, override

from devstack.segments import FILE
from devstack.servers.base import Server
from devstack.state import LOOPBACK
from devstack.xray_collector import PING


class XRayCollector(Server):
    """The project's own server. It keeps up to twice `file_bytes` of segments."""

    name = "xray"
    file_bytes: ClassVar[int] = 50_000_000

    @override
    def command(self) -> list[str]:
        arguments = [str(self.port), str(self.data / FILE), str(self.file_bytes)]
        return [sys.executable, "-m", "devstack.xray_collector", *arguments]

    @override
    def problem(self) -> str | None:
        with socket.socket(type=socket.SOCK_DGRAM) as client:
            client.settimeout(3)
            client.connect((LOOPBACK, self.port))  # so that an unused port is an error
            try:
                client.send(PING)
                client.recv(len(PING))
            except OSError as error:
                return str(error)
        return None
