"""Servers on loopback, reachable at another address of this machine for as long as it is needed."""

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
    """Carry what comes to the ports of `address` to the same ports of loopback, and back.

    Raises:
        StackError: a port is taken there, or the address is not this machine's.
    """
    with ExitStack() as relays:
        for port in ports:
            relays.enter_context(_relay(address, port))
        yield


@contextmanager
def _relay(address: str, port: int) -> Iterator[None]:
    try:
        server = _Relay((address, port), _Connection)
    except OSError as error:
        raise StackError(f"Cannot listen on {address}:{port}: {error.strerror}") from None
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


class _Relay(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True  # a connection ends with its container
    block_on_close = False


class _Connection(BaseRequestHandler):
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
