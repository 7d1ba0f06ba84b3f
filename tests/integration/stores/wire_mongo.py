"""A server that speaks MongoDB's wire protocol and answers what a test decides."""

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, override

import bson

type Command = dict[str, Any]
type Answer = Callable[[Command], Command]

_OP_REPLY: Final = 1
_OP_QUERY: Final = 2004  # a driver's first message
_OP_MSG: Final = 2013
_HEADER: Final = struct.Struct("<iiii")  # length, request id, response to, operation

PRIMARY: Final[Command] = {
    "ok": 1,
    "helloOk": True,
    "isWritablePrimary": True,
    "ismaster": True,
    "maxBsonObjectSize": 16 * 1024 * 1024,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "logicalSessionTimeoutMinutes": 30,
    "minWireVersion": 0,
    "maxWireVersion": 13,  # as DocumentDB 5.0
}
"""The answer to `hello`."""


class WireMongo(socketserver.ThreadingTCPServer):
    """Answers each command by `answer`, and keeps those that are not part of a handshake."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.answer = answer
        self.commands: list[Command] = []
        self.connections = 0

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"mongodb://{self.address}/gorder"


class _Connection(socketserver.StreamRequestHandler):
    server: WireMongo

    @override
    def handle(self) -> None:
        self.server.connections += 1
        while header := self.rfile.read(_HEADER.size):
            length, request, _, operation = _HEADER.unpack(header)
            body = self.rfile.read(length - _HEADER.size)
            command = _from_query(body) if operation == _OP_QUERY else _from_message(body)
            if next(iter(command)).lower() not in {"hello", "ismaster"}:
                self.server.commands.append(command)
            reply = bson.encode(self.server.answer(command))
            if operation == _OP_QUERY:
                packed, operation = struct.pack("<iqii", 0, 0, 0, 1) + reply, _OP_REPLY
            else:
                packed, operation = struct.pack("<iB", 0, 0) + reply, _OP_MSG
            self.wfile.write(_HEADER.pack(_HEADER.size + len(packed), 0, request, operation))
            self.wfile.write(packed)


def _from_query(body: bytes) -> Command:
    document = body.index(b"\0", 4) + 1 + 8  # after the flags, a name and two numbers
    return bson.decode(body[document:])


def _from_message(body: bytes) -> Command:
    command: Command = {}
    at = 4  # after the flags
    while at < len(body):
        kind, size = struct.unpack_from("<Bi", body, at)
        section = body[at + 1 : at + 1 + size]
        if kind == 0:
            command = bson.decode(section) | command
        else:
            name, _, documents = section[4:].partition(b"\0")
            command[name.decode()] = bson.decode_all(documents)
        at += 1 + size
    return command


@contextmanager
def wire_mongo(answer: Answer) -> Iterator[WireMongo]:
    """Run a server for the block."""
    with WireMongo(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
