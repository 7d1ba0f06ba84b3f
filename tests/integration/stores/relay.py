"""What stands between a client and a server: it counts connections, and cuts them when told to."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay:
    """Listens on loopback; speaks TLS for a server that cannot, if it is given a context."""

    def __init__(self, server: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.open = 0
        self.peak = 0
        self._server = server
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    def run(self, ready: threading.Event) -> None:
        """Serve until `end`."""
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve(ready))

    def cut(self) -> None:
        """Hang up on everybody; whoever calls again is served."""
        self._loop.call_soon_threadsafe(self._cut)

    def end(self) -> None:
        """Hang up and listen no more."""
        self._loop.call_soon_threadsafe(self._ended.set)

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
            await self._ended.wait()
            listener.close()
            self._cut()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(*self._server)
        self._writers |= {writer, there[1]}
        self.open += 1
        self.peak = max(self.peak, self.open)
        await asyncio.gather(_forward(reader, there[1]), _forward(there[0], writer))
        self._writers -= {writer, there[1]}
        self.open -= 1


async def _forward(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


@contextmanager
def relay(server: tuple[str, int], tls: ssl.SSLContext | None = None) -> Iterator[Relay]:
    """Run a relay for the block."""
    made, ready = Relay(server, tls), threading.Event()
    thread = threading.Thread(target=made.run, args=(ready,))
    thread.start()
    try:
        assert ready.wait(5)
        yield made
    finally:
        made.end()
        thread.join(5)
