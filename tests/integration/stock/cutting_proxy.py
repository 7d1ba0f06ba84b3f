"""A TCP proxy that cuts the line around the first COMMIT it sees."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Cut = Literal["before", "after"]
_COMMIT = b"\x03COMMIT"  # COM_QUERY and its text


class CuttingProxy:
    """Forwards to a server; `before` or `after` the server has committed, it hangs up, once."""

    def __init__(self, server: tuple[str, int], cut: Cut) -> None:
        self._server = server
        self._cut = cut
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = [self._listener]
        self._start(self._accept)

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        """Hang up on everybody."""
        for each in self._sockets:
            _hang_up(each)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # any callable of ours
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                self._start(self._forward_commands, client, server)
                self._start(self._forward_answers, server, client)

    def _forward_commands(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if not self.cuts and _COMMIT in data:
                    self.cuts += 1
                    _hang_up(client)
                    if self._cut == "after":
                        server.sendall(data)  # whose answer reaches nobody
                        return
                    break
                server.sendall(data)
        _hang_up(server)

    def _forward_answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        _hang_up(client)
        _hang_up(server)


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@contextmanager
def cutting_proxy(server: tuple[str, int], cut: Cut) -> Iterator[CuttingProxy]:
    """Run a proxy for the block."""
    proxy = CuttingProxy(server, cut)
    try:
        yield proxy
    finally:
        proxy.close()
