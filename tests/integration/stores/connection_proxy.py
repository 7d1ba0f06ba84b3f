"""A TCP proxy between a client and a server that counts connections, cuts or silences them."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ConnectionProxy:
    """Listens on loopback. With a TLS context, it terminates TLS for a server without TLS.

    Attributes:
        open: the present number of connections.
        peak: the largest number of connections.
        lost: the bytes that were lost on silent connections.
    """

    def __init__(self, server: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.open = 0
        self.peak = 0
        self.lost = 0
        self._server = server
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._clients: set[asyncio.StreamWriter] = set()
        self._silent: set[asyncio.StreamWriter] = set()

    def run(self, ready: threading.Event) -> None:
        """Serve until `stop` is called."""
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve(ready))

    def cut(self) -> None:
        """Abort all connections. New connections are accepted."""
        self._loop.call_soon_threadsafe(self._cut)

    def silence(self, *, commands: bool = True) -> None:
        """Lose what is sent on the open connections from now on, as if the network forgot them.

        New connections are accepted. With `commands=False` the server still receives commands, but
        its replies are lost.
        """
        silenced = threading.Event()

        def silence() -> None:
            self._silent |= self._writers if commands else self._clients
            silenced.set()

        self._loop.call_soon_threadsafe(silence)
        assert silenced.wait(5)

    def stop(self) -> None:
        """Abort all connections and stop listening."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, ready: threading.Event) -> None:
        async with asyncio.TaskGroup() as connections:
            listener = await asyncio.start_server(
                lambda reader, writer: connections.create_task(self._connect(reader, writer)),
                "127.0.0.1",
                ssl=self._tls,
            )
            self.port = listener.sockets[0].getsockname()[1]
            ready.set()
            await self._stopped.wait()
            listener.close()
            self._cut()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._server)
        self._writers |= {writer, server_writer}
        self._clients.add(writer)
        self.open += 1
        self.peak = max(self.peak, self.open)
        await asyncio.gather(
            self._forward(reader, server_writer), self._forward(server_reader, writer)
        )
        self._writers -= {writer, server_writer}
        self._silent -= {writer, server_writer}
        self._clients.discard(writer)
        self.open -= 1

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if target in self._silent:
                    self.lost += len(data)
                else:
                    target.write(data)
                    await target.drain()
        target.close()


@contextmanager
def connection_proxy(
    server: tuple[str, int], tls: ssl.SSLContext | None = None
) -> Iterator[ConnectionProxy]:
    """Run a proxy for the block."""
    proxy, ready = ConnectionProxy(server, tls), threading.Event()
    thread = threading.Thread(target=proxy.run, args=(ready,))
    thread.start()
    try:
        assert ready.wait(5)
        yield proxy
    finally:
        proxy.stop()
        thread.join(5)
