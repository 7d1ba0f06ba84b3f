"""Relays from another address of this machine to servers that listen on loopback."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from devstack.console import StackError
from devstack.state import LOOPBACK

_CHUNK = 65_536


@contextmanager
def relayed(address: str, ports: Iterable[int]) -> Iterator[None]:
    """Relay connections to these ports of `address` to the same ports of loopback.

    Other processes may relay the same ports at the same time, as `make sam-invoke` does beside a
    running `make sam-local`.

    Raises:
        StackError: another program listens on a port there, or the address is not this machine's.
    """
    with ExitStack() as relays:
        for port in ports:
            relays.enter_context(_relay(address, port))
        yield


@contextmanager
def _relay(address: str, port: int) -> Iterator[None]:
    try:
        server = _Relay((address, port), _RelayedConnection)
    except OSError as error:
        raise StackError(
            f"Cannot relay {address}:{port} to the server on {LOOPBACK}:{port}: {error.strerror}. "
            f"Find what listens there: ss -ltnp sport = :{port}"
        ) from None
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


class _Relay(ThreadingTCPServer):
    allow_reuse_address = True
    allow_reuse_port = True  # each relay of a port leads to the same server
    daemon_threads = True  # a connection ends with its container
    block_on_close = False


class _RelayedConnection(BaseRequestHandler):
    def handle(self) -> None:
        _, port = self.request.getsockname()
        with suppress(ConnectionError), socket.create_connection((LOOPBACK, port)) as server:
            answers = threading.Thread(target=_copy, args=(server, self.request), daemon=True)
            answers.start()
            _copy(self.request, server)
            answers.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
