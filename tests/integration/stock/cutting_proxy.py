"""A TCP proxy that cuts the connection at the first command or reply with a given text."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

Cut = Literal["before", "after", "in reply"]
NOTHING_CUT = "the proxy saw nothing to cut: the connection is encrypted or bypasses the proxy"
# COM_QUERY and its text, if the connection is not encrypted.
COMMIT = b"\x03COMMIT"
CALL = b"\x03CALL "


class CuttingProxy:
    """Forwards to a server and disconnects the client once.

    It does so before or after a command with the text `at` was sent to the server, or instead of
    forwarding a reply with this text.

    `cuts` counts the disconnections. It stays 0 if the connection is encrypted.
    """

    def __init__(self, server_url: str, cut: Cut, at: bytes) -> None:
        self._server = urlsplit(server_url)
        self._cut = cut
        self._at = at
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = [self._listener]
        self._start(self._accept)

    @property
    def url(self) -> str:
        """The server's URL with the proxy's address and without TLS.

        Without `tls=off`, a client encrypts the connection if the server offers TLS.
        """
        credentials = self._server.netloc.rpartition("@")[0]
        netloc = f"{credentials}@127.0.0.1:{self._listener.getsockname()[1]}"
        return self._server._replace(netloc=netloc, query="tls=off").geturl()

    def close(self) -> None:
        """Close all connections."""
        for each in self._sockets:
            _disconnect(each)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # our own callables only
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                address = (self._server.hostname, self._server.port or 3306)
                server = socket.create_connection(address)
                self._sockets += [client, server]
                self._start(self._forward_commands, client, server)
                self._start(self._forward_responses, server, client)

    def _forward_commands(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._cut != "in reply" and not self.cuts and self._at in data:
                    self.cuts += 1
                    _disconnect(client)
                    if self._cut == "after":
                        server.sendall(data)  # the response is lost
                        return
                    break
                server.sendall(data)
        _disconnect(server)

    def _forward_responses(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self._cut == "in reply" and not self.cuts and self._at in data:
                    self.cuts += 1
                    break
                client.sendall(data)
        _disconnect(client)
        _disconnect(server)


def _disconnect(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def cutting_proxy(server_url: str, cut: Cut, at: bytes = COMMIT) -> Iterator[CuttingProxy]:
    """Run a proxy for the block."""
    proxy = CuttingProxy(server_url, cut, at)
    try:
        yield proxy
    finally:
        proxy.close()
